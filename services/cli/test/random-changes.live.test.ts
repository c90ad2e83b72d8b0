import fc from 'fast-check';
import { pastMonth, type Simulator } from '@voxport/simulator';
import { runQuery } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import { syncOnce } from './export-parts.ts';
import { openExport } from './open-export.ts';

const conversationCount = 25;

/**
 * What may happen at the source between two syncs. `which` picks a conversation. The ratings are none that the
 * simulator gives by itself, or one of them would be the same again with another comment, which no list row shows.
 */
const which = fc.nat();
const visible = [
  fc.record({ do: fc.constant('rate' as const), which, rating: fc.integer({ min: 11, max: 15 }) }),
  fc.record({ do: fc.constant('tag' as const), which, tags: fc.uniqueArray(fc.constantFrom('x', 'y', 'z')) }),
  fc.record({
    do: fc.constant('analyse' as const),
    which,
    analysis: fc.constantFrom('missing' as const, 'present' as const),
  }),
  fc.record({ do: fc.constant('hide' as const), which, isHidden: fc.boolean() }),
  fc.record({ do: fc.constant('delete' as const), which }),
  fc.record({ do: fc.constant('call' as const), count: fc.integer({ min: 1, max: 4 }) }),
];
/** Only a recheck at the detail shows it: the list row stays the same. */
const invisible = fc.record({
  do: fc.constant('charge' as const),
  which,
  charging: fc.constantFrom('missing' as const, 'present' as const),
});
type Change =
  (typeof visible)[number] extends fc.Arbitrary<infer C>
    ? C | { do: 'charge'; which: number; charging: 'missing' | 'present' }
    : never;

/** Which conversations have been loaded and are not served any more. */
interface Course {
  readonly deleted: Set<string>;
  readonly hidden: Set<string>;
}

function play(simulator: Simulator, change: Change, { deleted, hidden }: Course): void {
  if (change.do === 'call') {
    simulator.addConversations(change.count, pastMonth);
    return;
  }
  const id = simulator.conversationIdAt(change.which % simulator.count());
  switch (change.do) {
    case 'rate': {
      const feedback = { type: 'rating', rating: change.rating, score: null, comment: null, likes: 0, dislikes: 0 };
      return simulator.updateConversation(id, { feedback: feedback as never });
    }
    case 'tag':
      return simulator.updateConversation(id, { tagIds: change.tags });
    case 'analyse':
      return simulator.updateConversation(id, { analysis: change.analysis });
    case 'charge':
      return simulator.updateConversation(id, { charging: change.charging });
    case 'hide':
      if (change.isHidden) hidden.add(id);
      else hidden.delete(id);
      return simulator.updateConversation(id, { isHidden: change.isHidden });
    case 'delete':
      deleted.add(id);
      return simulator.updateConversation(id, { isDeleted: true });
  }
}

const startExport = () => openExport({ simulator: { conversationCount, seed: 31, turnsPerConversation: 3 } });

const rounds = (change: fc.Arbitrary<Change>) =>
  fc.array(fc.array(change, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 });

const gone = ({ deleted, hidden }: Course): Set<string> => new Set([...deleted, ...hidden]);

test('whatever changes at the source between syncs, the tables equal what it serves: what the list shows, by listing alone', async () => {
  await fc.assert(
    fc.asyncProperty(rounds(fc.oneof(...visible) as fc.Arbitrary<Change>), async (schedule) => {
      await using running = await startExport();
      const { simulator, context } = running;
      const course: Course = { deleted: new Set(), hidden: new Set() };
      await syncOnce(context);
      for (const changes of schedule) {
        for (const change of changes) play(simulator, change, course);
        expect((await syncOnce(context)).counts).toMatchObject({ failed: 0, pending: 0 });
        await expectTablesToEqualTruth(context.database, simulator.truths(), 'support', gone(course));
      }
    }),
    { numRuns: 3 },
  );
}, 120_000);

test('and what only a recheck shows, with it: what is gone keeps its rows and says since when', async () => {
  await fc.assert(
    fc.asyncProperty(rounds(fc.oneof(invisible, ...visible) as fc.Arbitrary<Change>), async (schedule) => {
      await using running = await startExport();
      const { simulator, context } = running;
      const { kysely } = context.database;
      const course: Course = { deleted: new Set(), hidden: new Set() };
      await syncOnce(context);
      for (const changes of schedule) {
        for (const change of changes) play(simulator, change, course);
        await runQuery(
          kysely,
          `update voxport_ops.inventory set next_check_at = now() - interval '1 second' where state = 'loaded'`,
        );
        expect((await syncOnce(context)).counts).toMatchObject({ failed: 0, pending: 0 });
        await expectTablesToEqualTruth(context.database, simulator.truths(), 'support', gone(course));
        const rows = await runQuery(
          kysely,
          'select conversation_id as id from voxport.conversations where deleted_at is not null',
        );
        const known = new Set(
          (await runQuery(kysely, 'select conversation_id as id from voxport.conversations')).map(({ id }) => id),
        );
        expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([...gone(course)].filter((id) => known.has(id))));
      }
    }),
    { numRuns: 3 },
  );
}, 120_000);
