import fc from 'fast-check';
import { sql } from 'kysely';
import { eventually } from '@voxport/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimPayloads, settlePayloads } from '../../raw/claim-payloads.ts';
import { markGone, failConversation } from '../inventory/end-in-failure.ts';
import { wantDueChecks } from '../inventory/inventory.ts';
import { foldInventoryCounts } from '../inventory/inventory-counts.ts';
import { wantFailuresAgain } from '../inventory/retry-failures.ts';
import { wantAgain } from '../inventory/want-again.ts';
import { listed, openTestPipeline, pageOf, wrongCounts, type TestSource } from '../ops-testing.ts';
import { savePage } from '../windows/save-page.ts';
import { cancelRun, pauseRun, resumeRun } from './control-runs.ts';
import { countedKeys, foldRunCounts } from './run-counts.ts';
import { countRun, finishRun, isRunSettled, openRuns } from './runs.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const ids = ['A', 'b', 'C', 'd', 'e'];
const categories = ['loaded', 'unchanged', 'failed', 'gone', 'cancelled', 'pending'] as const;
type Category = (typeof categories)[number];

/** A row of the inventory as the audit keeps it. */
interface AuditedRow {
  conversation_id: string;
  state: string;
  wanted_run_id: number | null;
  also_wanted_by: number[] | null;
  load_outcome: string | null;
}

/**
 * What happened, in its order: a change of a row, the begin or (null) end of a listing, or a row that a listing has
 * shown as it stood after it.
 */
type Happening =
  | { before: AuditedRow | null; after: AuditedRow | null }
  | { listingBy: number | null }
  | { runId: number; id: string; after: AuditedRow };

const isPending = (row: AuditedRow): boolean => row.state === 'discovered' || row.state === 'fetched';
const waitingRuns = (row: AuditedRow | null): number[] =>
  row === null
    ? []
    : [...new Set([row.wanted_run_id, ...(row.also_wanted_by ?? [])].filter((id): id is number => id !== null))];

function categoryOf(row: AuditedRow, runId: number): Category {
  if (isPending(row)) return 'pending';
  if (row.state !== 'loaded') return row.state as Category;
  if (row.wanted_run_id === runId && row.load_outcome === 'recheck_failed') return 'failed';
  const isOwn = row.wanted_run_id === runId && ['inserted', 'updated'].includes(row.load_outcome ?? '');
  return isOwn ? 'loaded' : 'unchanged';
}

/** Counts a run from everything that happened since it began, the slow way. */
function countSlowly(happenings: readonly Happening[], runId: number): Record<Category, number> {
  const last = new Map<string, { category: Category; wasWanted: boolean }>();
  const earlier: Category[] = [];
  let listingBy: number | null = null;
  for (const happening of happenings) {
    if ('listingBy' in happening) {
      ({ listingBy } = happening);
      continue;
    }
    if ('runId' in happening) {
      const { id, after } = happening;
      if (happening.runId !== runId || last.has(id) || waitingRuns(after).includes(runId)) continue;
      last.set(id, { category: after.state === 'failed' ? 'failed' : 'unchanged', wasWanted: false });
      continue;
    }
    const { before, after } = happening;
    const id = (before ?? after)!.conversation_id;
    const [had, has] = [waitingRuns(before).includes(runId), waitingRuns(after).includes(runId)];
    const known = last.get(id);
    if (has) {
      // It had been fetched for the run before, and for another one since; or it was up to date, and a recheck of it
      // was due.
      if (!had && known !== undefined && (known.wasWanted || listingBy !== runId)) earlier.push(known.category);
      last.set(id, { category: categoryOf(after!, runId), wasWanted: true });
    } else if (had && isPending(before!)) {
      const category = after !== null && before!.state === 'fetched' ? 'unchanged' : 'cancelled';
      last.set(id, { category, wasWanted: true });
    }
  }
  const all = [...earlier, ...[...last.values()].map(({ category }) => category)];
  return Object.fromEntries(
    categories.map((category) => [category, all.filter((one) => one === category).length]),
  ) as Record<Category, number>;
}

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      run: fc.nat(3),
      shown: fc.uniqueArray(fc.nat(4), { minLength: 1 }),
      look: fc.constantFrom('first', 'second'),
      dies: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('begin' as const), isSync: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('land' as const), id: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('load' as const),
      outcome: fc.constantFrom('inserted' as const, 'unchanged' as const, 'failed' as const),
      isDueAgain: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail' as const), id: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('gone' as const), id: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('recheck' as const), run: fc.option(fc.nat(3)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('heal' as const), id: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retry' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), run: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause' as const), run: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resume' as const), run: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('finish' as const), run: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), id: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'fold' as const }) },
);
type Command = typeof command extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** A source whose inventory is audited row by row. */
async function audited(): Promise<TestSource & { happenings: () => Promise<Happening[]>; begin: Begin; note: Note }> {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await sql`create table if not exists public.audit (audit_id bigint generated always as identity, source_id text, happening jsonb)`.execute(
    kysely,
  );
  await sql`
    create or replace function public.audit() returns trigger language plpgsql as $$ begin
      insert into public.audit (source_id, happening) values (coalesce(new.source_id, old.source_id),
        jsonb_build_object('before', to_jsonb(old), 'after', to_jsonb(new)));
      return null;
    end $$`.execute(kysely);
  await sql`
    create or replace trigger audit after insert or update or delete on voxport_ops.inventory for each row execute function public.audit()`.execute(
    kysely,
  );
  return {
    ...source,
    happenings: async () => {
      const { rows } = await sql<{ happening: Happening }>`
        select happening from public.audit where source_id = ${sourceId} order by audit_id`.execute(kysely);
      return rows.map(({ happening }) => happening);
    },
    begin: async (listingBy) =>
      void (await sql`
        insert into public.audit (source_id, happening) values (${sourceId}, ${JSON.stringify({ listingBy })}::jsonb)`.execute(
        kysely,
      )),
    note: async (runId, shown) =>
      void (await sql`
        insert into public.audit (source_id, happening)
        select source_id, jsonb_build_object('runId', ${runId}::int8, 'id', conversation_id, 'after', to_jsonb(i))
        from voxport_ops.inventory i where source_id = ${sourceId} and conversation_id = any(${[...shown]}::text[])`.execute(
        kysely,
      )),
  };
}
type Begin = (runId: number | null) => Promise<void>;
type Note = (runId: number, shown: readonly string[]) => Promise<void>;

const anyFailure = { sourceId: null, stage: null, errorClass: null, since: null, until: null, ids: null };

class DiedError extends Error {}

async function carryOut(source: Awaited<ReturnType<typeof audited>>, runs: number[], drawn: Command): Promise<void> {
  const { kysely, sourceId } = source;
  const open = await openRuns(kysely, { sourceId });
  const lists = runs.filter((runId) => open.includes(runId));
  const from = drawn.kind === 'list' || drawn.kind === 'recheck' ? lists : open;
  const runOf = (index: number | null): number | null =>
    index === null || from.length === 0 ? null : from[index % from.length]!;
  const runId = 'run' in drawn ? runOf(drawn.run) : null;
  const id = 'id' in drawn ? ids[drawn.id]! : '';
  const generation = id === '' ? 0 : await generationOf(source, id);
  switch (drawn.kind) {
    case 'begin':
      runs.push(await source.startRun(drawn.isSync ? 'sync' : 'backfill'));
      break;
    case 'list': {
      if (runId === null) break;
      const { rows } = await sql<{ kind: string }>`select kind from voxport_ops.runs where run_id = ${runId}`.execute(
        kysely,
      );
      const isSync = rows[0]!.kind === 'sync';
      const window = await source.window({
        runId,
        priority: isSync ? 'live' : 'backfill',
        origin: isSync ? 'poll' : 'backfill',
      });
      const shown = drawn.shown.map((index) => ids[index]!);
      const page = pageOf(shown.map((one) => listed(one, drawn.look)));
      await source.begin(runId);
      await savePage(kysely, { window, page });
      await source.begin(null);
      await source.note(runId, shown);
      break;
    }
    case 'land':
      if (generation > 0) await source.land(id, generation, `${id} ${generation}`);
      break;
    case 'load':
      await kysely.transaction().execute(async (transaction) => {
        const claimed = await claimPayloads(transaction, { sourceId, limit: 2, bytesMax: 1e9 });
        const payloads = claimed.map((payload) => ({
          ...payload,
          outcome: drawn.outcome,
          checkInSecs: drawn.isDueAgain ? -5 : null,
        }));
        await settlePayloads(transaction, { sourceId, mappingVersion: 1, payloads });
      });
      break;
    case 'fail':
      await failConversation(kysely, {
        sourceId,
        stage: 'fetch',
        conversationId: id,
        windowId: null,
        runId: null,
        code: 'server_error',
        message: 'no',
        status: 500,
        attempts: 3,
        generation,
        body: null,
      });
      break;
    case 'gone':
      await markGone(kysely, { sourceId, conversationId: id, generation });
      break;
    case 'recheck':
      await sql`update voxport_ops.runs set started_at = now() where run_id = ${runId}`.execute(kysely);
      await wantDueChecks(kysely, { sourceId, runId, waitingMax: 100 });
      break;
    case 'heal':
      // A run of its own, which lists nothing.
      await wantAgain(kysely, { sourceId, runId: await source.startRun(), conversationIds: [id] });
      break;
    case 'retry':
      await wantFailuresAgain(kysely, {
        filter: anyFailure,
        sourceId,
        runId: await source.startRun(),
        afterId: 0,
        limit: 10,
      });
      break;
    case 'cancel':
      if (runId !== null) await cancelRun(kysely, runId);
      break;
    case 'pause':
      if (runId !== null) await pauseRun(kysely, runId);
      break;
    case 'resume':
      if (runId !== null) await resumeRun(kysely, runId);
      break;
    case 'finish':
      if (runId !== null && (await isRunSettled(kysely, runId))) await finishRun(kysely, runId);
      break;
    case 'remove':
      await sql`delete from voxport_ops.inventory where source_id = ${sourceId} and conversation_id = ${id}`.execute(
        kysely,
      );
      break;
    case 'fold':
      await Promise.all([
        foldRunCounts(kysely, sourceId),
        foldRunCounts(kysely, sourceId),
        foldInventoryCounts(kysely, sourceId),
        foldInventoryCounts(kysely, sourceId),
      ]);
      break;
  }
}

async function generationOf({ kysely, sourceId }: TestSource, id: string): Promise<number> {
  const { rows } = await sql<{ generation: number }>`
    select generation from voxport_ops.inventory where source_id = ${sourceId} and conversation_id = ${id}`.execute(
    kysely,
  );
  return rows[0]?.generation ?? 0;
}

/** The process dies before the statement is committed: nothing of it stays, nothing of it is counted. */
async function dieDuring(source: TestSource, drawn: Command, run: TestSource['kysely']): Promise<void> {
  if (drawn.kind !== 'list' || !drawn.dies) return;
  const runId = (await openRuns(source.kysely, { sourceId: source.sourceId }))[0];
  if (runId === undefined) return;
  const dying = run.transaction().execute(async (transaction) => {
    await wantAgain(transaction, { sourceId: source.sourceId, runId, conversationIds: ids });
    throw new DiedError('it died');
  });
  await expect(dying).rejects.toThrow(DiedError);
}

test('the counts of a run are those of a full count, whatever happens in whichever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 40 }), async (commands) => {
      const source = await audited();
      const { kysely, sourceId } = source;
      const runs = [await source.startRun('sync'), await source.startRun('backfill')];
      for (const [step, drawn] of commands.entries()) {
        await dieDuring(source, drawn, kysely);
        await carryOut(source, runs, drawn);
        if (step % 5 !== 4 && step !== commands.length - 1) continue;
        expect(await wrongCounts(source)).toEqual([]);
        const happenings = await source.happenings();
        for (const runId of await openRuns(kysely, { sourceId })) {
          const {
            listed: listedCount,
            rechecked,
            loaded,
            unchanged,
            failed,
            gone,
            cancelled,
            pending,
          } = await countRun(kysely, runId);
          const counts = { loaded, unchanged, failed, gone, cancelled, pending };
          expect({ runId, ...counts }).toEqual({ runId, ...countSlowly(happenings, runId) });
          expect(listedCount + rechecked).toBe(Object.values(counts).reduce((sum, count) => sum + count, 0));
        }
      }
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

test.each(['run_counts', 'run_count_changes'])(
  'each count of a run is a column of %s, and there is no other',
  async (table) => {
    const { kysely } = await pipeline.newSource();
    const { rows } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns
    where table_schema = 'voxport_ops' and table_name = ${table} and data_type = 'bigint' and column_name <> 'run_id'
    order by ordinal_position`.execute(kysely);
    expect(rows.map(({ name }) => name)).toEqual(countedKeys);
  },
);

test('a run that has ended keeps its numbers when its conversations are removed', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const runId = await source.startRun();
  await source.list([listed('a'), listed('b')], { runId });
  await markGone(kysely, { sourceId, conversationId: 'a', generation: 1 });
  await markGone(kysely, { sourceId, conversationId: 'b', generation: 1 });
  await source.set(sql`delete from voxport_ops.inventory where source_id = ${sourceId} and conversation_id = 'a'`);
  expect(await countRun(kysely, runId)).toMatchObject({ listed: 2, gone: 2, pending: 0 });
  await finishRun(kysely, runId);
  await source.set(sql`delete from voxport_ops.inventory where source_id = ${sourceId}`);
  const { rows } = await sql`select listed, gone, state from voxport_ops.runs where run_id = ${runId}`.execute(kysely);
  expect(rows).toEqual([{ listed: 2, gone: 2, state: 'finished' }]);
});

test('a sync leaves what waits to the sync that waits for it, and so ends; to a paused one it leaves nothing', async () => {
  const source = await pipeline.newSource();
  const { kysely } = source;
  const first = await source.startRun();
  await source.list([listed('slow')], { runId: first });
  for (let round = 0; round < 5; round += 1) {
    const later = await source.startRun();
    await source.list([listed('slow')], { runId: later });
    expect(await isRunSettled(kysely, later)).toBe(true);
    await finishRun(kysely, later);
  }
  expect(await source.inventory('slow')).toMatchObject({ wanted_run_id: first, also_wanted_by: null });
  await pauseRun(kysely, first);
  const waits = await source.startRun();
  await source.list([listed('slow')], { runId: waits });
  expect(await isRunSettled(kysely, waits)).toBe(false);
  expect(await source.inventory('slow')).toMatchObject({ wanted_run_id: first, also_wanted_by: [String(waits)] });
});

test('a sync that a command works on waits for all that it lists', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('slow')]);
  const runId = await source.startRun();
  await source.set(sql`
    insert into voxport_ops.workers (source_id, worker_id, role, run_id) values (${source.sourceId}, 'me', 'command', ${runId})`);
  await source.list([listed('slow')], { runId });
  expect(await isRunSettled(source.kysely, runId)).toBe(false);
});

test('who waits for what has landed continues to wait when the run that wanted it is cancelled', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const cancelled = await source.startRun('backfill');
  await source.list([listed('a')], { runId: cancelled, priority: 'backfill', origin: 'backfill' });
  const heir = await source.startRun('backfill');
  await source.list([listed('a')], { runId: heir, priority: 'backfill', origin: 'backfill' });
  await source.land('a', 1, '{}');
  await cancelRun(kysely, cancelled);
  expect(await isRunSettled(kysely, heir)).toBe(false);
  await kysely.transaction().execute(async (transaction) => {
    const [payload] = await claimPayloads(transaction, { sourceId, limit: 2, bytesMax: 1e9 });
    await settlePayloads(transaction, {
      sourceId,
      mappingVersion: 1,
      payloads: [{ ...payload!, outcome: 'inserted', checkInSecs: null }],
    });
  });
  expect(await isRunSettled(kysely, heir)).toBe(true);
  expect(await countRun(kysely, heir)).toMatchObject({ listed: 1, unchanged: 1, pending: 0 });
});

test('an old snapshot of a reader makes the counts no dearer', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const runId = await source.startRun();
  await source.list([listed('a')], { runId });
  await kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (reader) => {
      await sql`select count(*) from voxport_ops.runs`.execute(reader);
      for (let round = 0; round < 10; round += 1) {
        await sql`
        insert into voxport_ops.run_count_changes (run_id, listed, rechecked, fetched, loaded, unchanged, failed, gone, cancelled, pending)
        select ${runId}, 0, 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, 2000)`.execute(kysely);
        await foldRunCounts(kysely, sourceId);
      }
      // Another transaction that writes, of whichever database of the server, holds up the folding for as long as it is
      // open.
      await eventually(
        async () => {
          await foldRunCounts(kysely, sourceId);
          const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>`
          explain (analyze, buffers, format json)
          select sum(pending) from voxport_ops.run_count_changes
          where run_id = ${runId} and xact >= (select counted_xact from voxport_ops.run_counts where run_id = ${runId})
        `.execute(kysely);
          const { Plan: plan } = rows[0]!['QUERY PLAN'][0];
          return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']! < 40;
        },
        { what: 'the counts to be read in 40 buffers' },
      );
      expect(await countRun(kysely, runId)).toMatchObject({ listed: 1, pending: 1 });
    });
});
