import fc from 'fast-check';
import { sql } from 'kysely';
import { eventually } from '@voxport/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseErrorCode } from '@voxport/postgres';
import { readCoverage } from '../../page/coverage.ts';
import { day, openTestPipeline, wrongCounts, type TestSource } from '../ops-testing.ts';
import { readSharedState } from '../reports/read-shared-state.ts';
import { readStatus } from '../reports/read-status.ts';
import { countKnown } from '../windows/verifications.ts';
import { countInventoryAnew, foldInventoryCounts } from './inventory-counts.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const states = ['discovered', 'fetched', 'loaded', 'failed', 'gone', 'cancelled'];
const someIds = fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 6 });
const anyState = fc.constantFrom(...states);

const command = fc.oneof(
  fc.record({
    kind: fc.constant('enter' as const),
    ids: someIds,
    day: fc.integer({ min: 1, max: 4 }),
    state: anyState,
  }),
  fc.record({ kind: fc.constant('change' as const), ids: someIds, state: anyState, isLoaded: fc.boolean() }),
  fc.record({ kind: fc.constant('move' as const), ids: someIds, day: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('touch' as const), ids: someIds }),
  fc.record({ kind: fc.constant('remove' as const), ids: someIds }),
  fc.record({ kind: fc.constant('load' as const), ids: someIds, version: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('transcript' as const), ids: someIds, version: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('forget' as const), ids: someIds }),
  fc.constant({ kind: 'fold' as const }),
  fc.constant({ kind: 'count anew' as const }),
);
type Command = typeof command extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** A statement that changes rows as no statement of the product would be allowed to: the counts are to hold for all. */
function statementOf(sourceId: string, drawn: Command): ReturnType<typeof sql> | null {
  if (!('ids' in drawn)) return null;
  const ids = sql`${drawn.ids.map((id) => `c${id}`)}::text[]`;
  const those = sql`source_id = ${sourceId} and conversation_id = any(${ids})`;
  switch (drawn.kind) {
    case 'enter':
      return sql`
        insert into voxport_ops.inventory (source_id, conversation_id, state, started_at, priority, origin)
        select ${sourceId}, id, ${drawn.state}, ${day(`0${drawn.day}`).toISOString()}::timestamptz + interval '23 hours 59 minutes', 'live', 'poll' from unnest(${ids}) as id order by id
        on conflict (source_id, conversation_id) do update set state = excluded.state`;
    case 'change':
      return sql`
        update voxport_ops.inventory set state = ${drawn.state}, loaded_at = case when ${drawn.isLoaded} then now() end where ${those}`;
    case 'move':
      return sql`update voxport_ops.inventory set started_at = ${day(`0${drawn.day}`).toISOString()}::timestamptz where ${those}`;
    case 'touch':
      return sql`update voxport_ops.inventory set attempts = attempts + 1 where ${those}`;
    case 'remove':
      return sql`delete from voxport_ops.inventory where ${those}`;
    case 'load':
      return sql`
        insert into voxport_ops.loaded_conversations (source_id, conversation_id, observed_at, mapping_version)
        select ${sourceId}, id, now(), ${drawn.version}::int4 from unnest(${ids}) as id order by id
        on conflict (source_id, conversation_id) do update set mapping_version = excluded.mapping_version`;
    case 'transcript':
      return sql`
        insert into voxport_ops.loaded_conversations (source_id, conversation_id, gone_at)
        select ${sourceId}, id, now() from unnest(${ids}) as id order by id
        on conflict (source_id, conversation_id) do update set transcript_mapping_version = ${drawn.version}::int4`;
    case 'forget':
      return sql`delete from voxport_ops.loaded_conversations where ${those}`;
  }
}

async function carryOut({ kysely, sourceId }: TestSource, drawn: Command): Promise<void> {
  if (drawn.kind === 'fold') return foldInventoryCounts(kysely, sourceId);
  // Nothing has been counted wrong, whoever writes meanwhile.
  if (drawn.kind === 'count anew') return expect(await countInventoryAnew(kysely, sourceId)).toBe(0);
  await unlessDeadlocked(statementOf(sourceId, drawn)!.execute(kysely));
}

/**
 * These statements lock their rows in any order, unlike those of the product: one of two that wait for each other is
 * taken back.
 */
async function unlessDeadlocked(done: Promise<unknown>): Promise<void> {
  await done.catch((error: unknown) => {
    if (databaseErrorCode(error) !== '40P01') throw error;
  });
}

class LostError extends Error {}

/** The process dies before the commit: nothing of it stays, nothing of it is counted. */
async function beLost({ kysely, sourceId }: TestSource, drawn: Command): Promise<void> {
  const statement = statementOf(sourceId, drawn);
  if (statement === null) return;
  const losing = kysely.transaction().execute(async (transaction) => {
    await statement.execute(transaction);
    throw new LostError('it died');
  });
  await unlessDeadlocked(
    losing.catch((error: unknown) => {
      if (!(error instanceof LostError)) throw error;
    }),
  );
}

test('the counts are those of the tables after any statements, several at a time, some of them taken back', async () => {
  const step = fc.record({ commands: fc.array(command, { minLength: 1, maxLength: 4 }), lost: command });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 12 }), async (steps) => {
      const source = await pipeline.newSource();
      for (const { commands, lost } of steps) {
        await Promise.all([...commands.map((drawn) => carryOut(source, drawn)), beLost(source, lost)]);
        expect(await wrongCounts(source)).toEqual([]);
      }
      await foldInventoryCounts(source.kysely, source.sourceId);
      expect(await wrongCounts(source)).toEqual([]);
    }),
    { numRuns: 30, endOnFailure: true },
  );
});

async function enter({ kysely, sourceId }: TestSource, id: string, at: string, state: string): Promise<void> {
  await sql`
    insert into voxport_ops.inventory (source_id, conversation_id, state, started_at, priority, origin)
    values (${sourceId}, ${id}, ${state}, ${at}::timestamptz, 'live', 'poll')`.execute(kysely);
}

test('what the reports tell is counted, folded or not', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await enter(source, 'a', '2026-09-10T00:00Z', 'discovered');
  await enter(source, 'b', '2026-09-10T23:59:59Z', 'fetched');
  await enter(source, 'c', '2026-09-11T12:00Z', 'gone');
  await sql`
    insert into voxport_ops.loaded_conversations (source_id, conversation_id, observed_at, mapping_version)
    values (${sourceId}, 'a', now(), 0), (${sourceId}, 'b', now(), 1000)`.execute(kysely);
  for (const round of ['not folded', 'folded']) {
    if (round === 'folded') {
      // Transactions of others, of whichever database of the server, hold up the folding.
      await eventually(
        async () => {
          await foldInventoryCounts(kysely, sourceId);
          const { rows } = await sql`
            select from voxport_ops.inventory_count_changes where source_id = ${sourceId}
            union all select from voxport_ops.loaded_count_changes where source_id = ${sourceId}`.execute(kysely);
          return rows.length === 0;
        },
        { what: 'the changes to be folded' },
      );
    }
    const status = (await readStatus(kysely)).sources.find((one) => one.sourceId === sourceId);
    expect(status, round).toMatchObject({ wanted: 1, landed: 1, gone: 1, conversations: 2, outdated: 1 });
    const shared = (await readSharedState(kysely)).sources.find((one) => one.sourceId === sourceId);
    expect(shared, round).toMatchObject({ wanted: 1 });
    const days = await readCoverage(kysely, { sourceId, filters: {}, from: '2026-09-10', to: '2026-09-11' });
    expect(days.map(({ known, pending, gone }) => [known, pending, gone])).toEqual([
      [2, 2, 0],
      [1, 0, 1],
    ]);
    expect(await countKnown(kysely, { sourceId, range: { after: day('10'), before: day('11') } })).toBe(2);
    expect(await countKnown(kysely, { sourceId, range: { after: null, before: day('12') } })).toBe(3);
    const evening = { after: new Date('2026-09-10T12:00:00Z'), before: day('11') };
    expect(await countKnown(kysely, { sourceId, range: evening })).toBe(1);
  }
});

test('counts that are wrong are corrected when they are counted anew', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await enter(source, 'a', '2026-09-10T00:00Z', 'discovered');
  await enter(source, 'b', '2026-09-11T00:00Z', 'discovered');
  // As when a table is filled from a copy with its triggers disabled.
  await kysely.transaction().execute(async (transaction) => {
    await sql`set local session_replication_role = replica`.execute(transaction);
    await sql`
      update voxport_ops.inventory set state = 'gone' where source_id = ${sourceId} and conversation_id = 'a'`.execute(
      transaction,
    );
    await sql`
      insert into voxport_ops.loaded_conversations (source_id, conversation_id, observed_at, mapping_version)
      values (${sourceId}, 'a', now(), 1)`.execute(transaction);
  });
  expect(await wrongCounts(source)).not.toEqual([]);
  const corrected = await Promise.all([countInventoryAnew(kysely, sourceId), countInventoryAnew(kysely, sourceId)]);
  expect(corrected.toSorted((a, b) => a - b)).toEqual([0, 2]);
  expect(await wrongCounts(source)).toEqual([]);
});

test('an old snapshot of a reader makes the counts no dearer', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await enter(source, 'a', '2026-09-10T00:00Z', 'discovered');
  await kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (reader) => {
      await sql`select count(*) from voxport_ops.runs`.execute(reader);
      for (let round = 0; round < 10; round += 1) {
        await sql`
          insert into voxport_ops.inventory_count_changes (source_id, day, discovered, fetched, loaded, failed, gone, cancelled, never_loaded)
          select ${sourceId}, '2026-09-10', 0, 0, 0, 0, 0, 0, 0 from generate_series(1, 2000)`.execute(kysely);
        await foldInventoryCounts(kysely, sourceId);
      }
      await eventually(
        async () => {
          await foldInventoryCounts(kysely, sourceId);
          const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>`
            explain (analyze, buffers, format json) select * from voxport_ops.source_counts where source_id = ${sourceId}
          `.execute(kysely);
          const { Plan: plan } = rows[0]!['QUERY PLAN'][0];
          return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']! < 60;
        },
        { what: 'the counts to be read in 60 buffers' },
      );
      expect(await wrongCounts(source)).toEqual([]);
    });
});
