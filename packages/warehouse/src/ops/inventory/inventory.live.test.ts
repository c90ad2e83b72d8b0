import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failConversation, markGone } from './end-in-failure.ts';
import { noteAttempt, overdueDetails, wantedOfPage, type WantedPosition } from './inventory.ts';
import { listed, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { pauseRun } from '../runs/control-runs.ts';
import { countRun } from '../runs/runs.ts';
import { savePage } from '../windows/save-page.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const idsOf = (wanted: readonly { conversationId: string }[]): string[] =>
  wanted.map(({ conversationId }) => conversationId).toSorted();

/** Has every detail request of a source wait for longer than its enqueuing takes. */
const wantedLongAgo = (source: TestSource): Promise<void> =>
  source.set(
    sql`update voxport_ops.inventory set wanted_at = now() - interval '1 minute' where source_id = ${source.sourceId}`,
  );

test('a new conversation is wanted, with the run and the priority that met it', async () => {
  const source = await pipeline.newSource();
  const runId = await source.startRun();
  expect(await source.list([listed('a')], { runId })).toEqual([
    { conversationId: 'a', generation: 1, priority: 'live', runId },
  ]);
  expect(await source.inventory('a')).toMatchObject({
    state: 'discovered',
    generation: 1,
    origin: 'poll',
    list_fingerprint: 'a-first',
    listed_row: { conversation_id: 'a', look: 'first' },
    seen_run_id: runId,
  });
});

test('a conversation that was loaded and has not changed is not wanted again, and nothing is written to it', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  await source.set(sql`update voxport_ops.inventory set state = 'loaded' where source_id = ${source.sourceId}`);
  const before = await source.inventory('a');
  const runId = await source.startRun();
  expect(await source.list([listed('a')], { runId })).toEqual([]);
  expect(await source.inventory('a')).toEqual(before);
  expect(await countRun(source.kysely, runId)).toMatchObject({ listed: 1, unchanged: 1 });
});

test('a field that rows have only since today makes no known conversation look changed, and then tells of its changes', async () => {
  const source = await pipeline.newSource();
  const base = 'a'.repeat(32);
  const list = async (fingerprint: string): Promise<number> => {
    await source.set(sql`update voxport_ops.inventory set state = 'loaded' where source_id = ${source.sourceId}`);
    return (await source.list([{ ...listed('a'), fingerprint }])).length;
  };
  await source.list([{ ...listed('a'), fingerprint: base }]);
  // From before the first field was added; without the field; then with it, and with another that was added after it.
  expect(await list(`${base}--------`)).toBe(0);
  expect(await list(`${base}00000001`)).toBe(0);
  expect(await list(`${base}0000000100000001`)).toBe(0);
  expect(await list(`${base}0000000100000002`)).toBe(1);
  expect(await list(`${base}0000000200000002`)).toBe(1);
  expect(await list(`${base}--------00000002`)).toBe(0);
  expect(await list(`b${base.slice(1)}--------00000002`)).toBe(1);
});

test('a conversation whose list row has changed is wanted again, as a newer detail request without the traces of the older one', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  await noteAttempt(source.kysely, {
    sourceId: source.sourceId,
    conversationId: 'a',
    generation: 1,
    code: 'server_error',
    message: 'oops',
    attempts: 3,
  });
  await source.land('a', 1, '{}');
  const wanted = await source.list([listed('a', 'second')]);
  expect(wanted).toMatchObject([{ conversationId: 'a', generation: 2 }]);
  expect(await source.inventory('a')).toMatchObject({
    state: 'discovered',
    generation: 2,
    attempts: 0,
    last_error: null,
    fetched_at: null,
    list_fingerprint: 'a-second',
  });
});

test('a detail request that waits already is told again, so that a job that got lost comes back', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  // In the first seconds it is left to whoever has just wanted it.
  expect(await source.list([listed('a')])).toEqual([]);
  await wantedLongAgo(source);
  expect(await source.list([listed('a')])).toMatchObject([{ conversationId: 'a', generation: 1 }]);
});

test('a conversation that was gone and is listed again is wanted again', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')]);
  await markGone(source.kysely, { sourceId: source.sourceId, conversationId: 'a', generation: 1 });
  expect(await source.inventory('a')).toMatchObject({ state: 'gone' });
  expect(await source.list([listed('a')])).toMatchObject([{ conversationId: 'a', generation: 2 }]);
});

test('a conversation that failed is left to the operator by a sync, and wanted again by a backfill', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('a')]);
  await failConversation(kysely, {
    sourceId,
    stage: 'fetch',
    conversationId: 'a',
    generation: 1,
    windowId: null,
    runId: null,
    code: 'server_error',
    message: 'oops',
    status: 500,
    attempts: 8,
    body: null,
  });
  expect(await source.list([listed('a')])).toEqual([]);
  expect(await source.list([listed('a')], { priority: 'backfill', origin: 'backfill' })).toMatchObject([
    { conversationId: 'a', generation: 2, priority: 'backfill' },
  ]);
});

test('a sync that meets a detail request of a backfill makes it urgent; a backfill does not slow down a detail request of a sync', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a')], { priority: 'backfill', origin: 'backfill' });
  expect(await source.list([listed('a')])).toMatchObject([{ generation: 2, priority: 'live' }]);
  await wantedLongAgo(source);
  expect(await source.list([listed('a')], { priority: 'backfill', origin: 'backfill' })).toMatchObject([
    { generation: 2, priority: 'live' },
  ]);
});

test('a page that names a conversation twice enters it once, the later row winning', async () => {
  const source = await pipeline.newSource();
  expect(await source.list([listed('a', 'first'), listed('b'), listed('a', 'second')])).toHaveLength(2);
  expect(await source.inventory('a')).toMatchObject({ list_fingerprint: 'a-second' });
});

test('a row without a call start stands at the end of its window', async () => {
  const source = await pipeline.newSource();
  await source.list([listed('a', 'first', null)]);
  expect(await source.inventory('a')).toMatchObject({ started_at: new Date('2026-09-30T00:00:00Z') });
});

test('a row with text that Postgres refuses is entered all the same', async () => {
  const source = await pipeline.newSource();
  const row = { ...listed('a'), row: { title: 'a\u0000b\uD800', deep: [{ text: '\u0000' }] } };
  expect(await source.list([row])).toHaveLength(1);
  expect(await source.inventory('a')).toMatchObject({
    listed_row: { title: 'a\uFFFDb\uFFFD', deep: [{ text: '\uFFFD' }] },
  });
});

test('the walk through overdue details gives each once, in stretches, and then ends', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([
    ...Array.from({ length: 7 }, (_, index) => listed(`tied-${index}`)),
    listed('older', 'first', new Date('2026-09-02T00:00:00Z')),
  ]);
  const walk = async (wantedForMs: number): Promise<{ walked: string[]; stretches: number }> => {
    const walked: string[] = [];
    let after: WantedPosition | null = null;
    let stretches = 0;
    do {
      const { wanted, position } = await overdueDetails(kysely, { sourceId, wantedForMs, after, limit: 3 });
      walked.push(...wanted.map(({ conversationId }) => conversationId));
      after = position;
      stretches += 1;
    } while (after !== null);
    return { walked, stretches };
  };
  const all = ['older', 'tied-0', 'tied-1', 'tied-2', 'tied-3', 'tied-4', 'tied-5', 'tied-6'];
  expect(await walk(0)).toEqual({ walked: all, stretches: 3 });
  // Those that were wanted just now are read and passed over.
  expect(await walk(60_000)).toEqual({ walked: [], stretches: 3 });
});

test('a stretch of the details reads a few thousand rows, and passes over those of a paused run', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const paused = await source.startRun('backfill');
  await source.set(sql`
    insert into voxport_ops.inventory (source_id, conversation_id, state, started_at, priority, origin, wanted_run_id, wanted_at)
    select ${sourceId}, 'held_' || lpad(n::text, 6, '0'), 'discovered', now(), 'backfill', 'backfill', ${paused}::int8, now() - interval '1 hour'
    from generate_series(1, 12000) n`);
  await pauseRun(kysely, paused);
  await source.list([listed('wanted')]);
  const first = await overdueDetails(kysely, { sourceId, wantedForMs: 0, after: null, limit: 100 });
  expect(first).toEqual({ wanted: [], position: { conversationId: 'held_005000' } });
  const second = await overdueDetails(kysely, { sourceId, wantedForMs: 0, after: first.position, limit: 100 });
  const third = await overdueDetails(kysely, { sourceId, wantedForMs: 0, after: second.position, limit: 100 });
  expect(idsOf(third.wanted)).toEqual(['wanted']);
  expect(third.position).toBeNull();
});

test('the details that a page wanted are told until they have come', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const window = await source.window();
  await savePage(kysely, { window, page: pageOf([listed('a'), listed('b')]) });
  await source.land('a', 1, '{}');
  expect(idsOf(await wantedOfPage(kysely, { sourceId, windowId: window.windowId, page: 0 }))).toEqual(['b']);
});

test('a note of an attempt at an older detail request does not stand at a newer one, and its text is storable', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('a')]);
  const attempt = {
    sourceId,
    conversationId: 'a',
    code: 'server_error',
    message: 'the source says \u0000',
    attempts: 2,
  };
  await noteAttempt(kysely, { ...attempt, generation: 2 });
  expect(await source.inventory('a')).toMatchObject({ attempts: 0, last_error: null });
  await noteAttempt(kysely, { ...attempt, generation: 1 });
  expect(await source.inventory('a')).toMatchObject({
    attempts: 2,
    last_error: 'the source says \uFFFD',
    last_error_class: 'server_error',
  });
});
