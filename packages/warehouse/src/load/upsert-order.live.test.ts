import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dumpSource, observation } from '../../test/load-items.ts';
import { emptyRows, sampleRows } from '../../test/sample-rows.ts';
import { createWarehouse, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { markDeleted } from './mark-deleted.ts';
import { upsertConversations } from './upsert-conversations.ts';
import type { LoadItem } from './load-item.ts';

let warehouse: WarehouseDatabase;
beforeAll(async () => {
  warehouse = await createWarehouse();
});
afterAll(() => warehouse[Symbol.asyncDispose]());

/** What happens to one conversation at the source: an observation, or the news that it is gone. */
type Step =
  | {
      readonly kind: 'seen';
      readonly secs: number;
      readonly content: number;
      readonly hasTranscript: boolean;
      readonly conversation: number;
      readonly mappingVersion: number;
      readonly origin: LoadItem['origin'];
    }
  | { readonly kind: 'gone'; readonly secs: number; readonly conversation: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('seen' as const),
      // Few values, so that moments and contents repeat.
      secs: fc.integer({ min: 1, max: 5 }),
      content: fc.integer({ min: 1, max: 3 }),
      hasTranscript: fc.boolean(),
      conversation: fc.integer({ min: 1, max: 2 }),
      mappingVersion: fc.constantFrom(1, 1, 1, 2),
      origin: fc.constantFrom('poll', 'backfill', 'webhook', 'refresh'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('gone' as const),
      secs: fc.integer({ min: 1, max: 5 }),
      conversation: fc.integer({ min: 1, max: 2 }),
    }),
  },
);

/** Steps in one order, and the same ones, some repeated, in another order and other batches. */
const twoHistories = fc.array(step, { minLength: 1, maxLength: 7 }).chain((steps) =>
  fc.record({
    once: fc.constant(steps),
    again: fc
      .tuple(
        fc.shuffledSubarray([...steps, ...steps], { minLength: 0, maxLength: steps.length }),
        fc.shuffledSubarray(steps, { minLength: steps.length }),
      )
      .chain(([repeated, all]) =>
        fc.shuffledSubarray([...repeated, ...all], { minLength: repeated.length + all.length }),
      ),
    batchSize: fc.integer({ min: 1, max: 6 }),
    mirrorDeletions: fc.boolean(),
  }),
);

let histories = 0;

test('any order, repetition and batching of observations and deletions ends in the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(twoHistories, async ({ once, again, batchSize, mirrorDeletions }) => {
      histories += 1;
      const first = await play(`once-${histories}`, once, 1, mirrorDeletions);
      const second = await play(`again-${histories}`, again, batchSize, mirrorDeletions);
      expect(second).toEqual(first);
    }),
    { numRuns: 150 },
  );
});

test('the rows are those of the newest observation, its turns those of the newest that has any', async () => {
  await fc.assert(
    fc.asyncProperty(twoHistories, async ({ again, batchSize, mirrorDeletions }) => {
      histories += 1;
      const sourceId = `model-${histories}`;
      const dump = await play(sourceId, again, batchSize, mirrorDeletions);
      const expected = [1, 2].flatMap((conversation) => modelOf(again, conversation, mirrorDeletions));
      const turns = parsed(dump['transcript_turns']);
      const found = parsed(dump['conversations']).map((row) => ({
        id: row['conversation_id'],
        title: row['summary_title'],
        origin: row['origin'],
        observedAt: row['observed_at'],
        deletedAt: row['deleted_at'],
        counts: [row['turn_count'], row['message_count']],
        turns: turns
          .filter((turn) => turn['conversation_id'] === row['conversation_id'])
          .map((turn) => /content \d/u.exec(String(turn['message']))?.[0]),
      }));
      expect(found.toSorted((one, other) => String(one.id).localeCompare(String(other.id)))).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

/** What should stand after all steps, told without the upsert: none or one row. */
function modelOf(steps: readonly Step[], conversation: number, mirrorDeletions: boolean) {
  const own = steps.filter((each) => each.conversation === conversation);
  const seen = own.filter((each) => each.kind === 'seen').toSorted(byRank);
  const newest = seen.at(-1);
  if (newest === undefined) return [];
  const spoken = mirrorDeletions ? newest : seen.findLast(({ hasTranscript }) => hasTranscript);
  const turns = spoken?.hasTranscript === true ? [`content ${spoken.content}`, `content ${spoken.content}`] : [];
  const goneSecs = Math.max(0, ...own.filter(({ kind }) => kind === 'gone').map(({ secs }) => secs));
  return [
    {
      id: `conv_${conversation}`,
      title: `content ${newest.content}`,
      origin: newest.origin,
      observedAt: `2026-11-01T00:00:0${newest.secs}+00:00`,
      deletedAt: goneSecs >= newest.secs ? `2026-11-01T00:00:0${goneSecs}+00:00` : null,
      counts: [turns.length, turns.length],
      turns,
    },
  ];
}

function parsed(rows: readonly string[] = []): Record<string, unknown>[] {
  return rows.map((row) => JSON.parse(row) as Record<string, unknown>);
}

async function play(
  sourceId: string,
  steps: readonly Step[],
  batchSize: number,
  mirrorDeletions: boolean,
): Promise<Record<string, string[]>> {
  const { kysely } = warehouse.database;
  for (let start = 0; start < steps.length; start += batchSize) {
    const batch = steps.slice(start, start + batchSize);
    await kysely.transaction().execute(async (transaction) => {
      const items = batch.flatMap((each) => (each.kind === 'seen' ? [itemOf(sourceId, each)] : []));
      await upsertConversations(transaction, items, { mirrorDeletions });
      for (const { kind, conversation, secs } of batch) {
        if (kind !== 'gone') continue;
        const at = new Date(Date.UTC(2026, 10, 1, 0, 0, secs)).toISOString();
        await markDeleted(transaction, [{ sourceId, conversationId: `conv_${conversation}` }], at);
      }
    });
  }
  return dumpSource(kysely, sourceId, { ownTimes: false });
}

function itemOf(sourceId: string, seen: Extract<Step, { kind: 'seen' }>): LoadItem {
  const id = `conv_${seen.conversation}`;
  // A mapping of a newer version reads other rows from the same payload.
  const mark = `content ${seen.content} v${seen.mappingVersion}`;
  const turns = seen.hasTranscript ? 2 : 0;
  const sample = sampleRows(sourceId, id, { turns, mark });
  const bare = emptyRows(sourceId, id, sample.conversation);
  const rows = seen.hasTranscript ? sample : { ...bare, evaluationResults: sample.evaluationResults };
  const whole = { ...rows, conversation: { ...rows.conversation, summary_title: `content ${seen.content}` } };
  return observation(whole, seen.secs, { origin: seen.origin, mappingVersion: seen.mappingVersion });
}

/** The order of the guard, written a second time: moment, mapping, digests, origin. */
function byRank(a: Extract<Step, { kind: 'seen' }>, b: Extract<Step, { kind: 'seen' }>): number {
  const [left, right] = [itemOf('x', a), itemOf('x', b)];
  return (
    a.secs - b.secs ||
    a.mappingVersion - b.mappingVersion ||
    Buffer.compare(left.contentHash, right.contentHash) ||
    (a.origin < b.origin ? -1 : Number(a.origin > b.origin))
  );
}
