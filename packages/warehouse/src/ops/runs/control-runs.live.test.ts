import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isDetailWanted } from './held-runs.ts';
import { overdueDetails, wantDueChecks } from '../inventory/inventory.ts';
import { openBackfillLike, readRun, readRuns } from './read-runs.ts';
import { classifyListed, readSourcePace } from './estimate-backfill.ts';
import { day, listed, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { countRun, isRunSettled, openRuns } from './runs.ts';
import { savePage } from '../windows/save-page.ts';
import { readSource } from '../sources.ts';
import { startBackfill } from './start-backfill.ts';
import { cancelRun, pauseRun, resumeRun, runsJustResumed, wantedOfRun } from './control-runs.ts';
import { openWindows, readWindow } from '../windows/windows.ts';
import { haveWorkersSeen, readLivingWorkers, signalWorker } from './workers.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

/** A run of a kind that lists these conversations, which are wanted by it where nobody wanted them before. */
async function runThatLists(source: TestSource, kind: 'sync' | 'backfill', ids: readonly string[]): Promise<number> {
  const runId = await source.startRun(kind);
  const [priority, origin] = kind === 'sync' ? (['live', 'poll'] as const) : (['backfill', 'backfill'] as const);
  await source.list(
    ids.map((id) => listed(id)),
    { runId, priority, origin },
  );
  return runId;
}

const wantedIds = async ({ kysely, sourceId }: TestSource): Promise<string[]> =>
  (await overdueDetails(kysely, { sourceId, wantedForMs: 0, after: null, limit: 100 })).wanted.map(
    ({ conversationId }) => conversationId,
  );

describe('a paused run', () => {
  test('has its windows and details left out of what is enqueued, until it is resumed', async () => {
    const source = await pipeline.newSource();
    const { kysely, sourceId } = source;
    const runId = await runThatLists(source, 'backfill', ['a', 'b']);
    const window = await source.window({ runId, priority: 'backfill', origin: 'backfill' });
    expect(await pauseRun(kysely, runId)).toMatchObject({ kind: 'controlled' });
    expect(await pauseRun(kysely, runId)).toEqual({ kind: 'already' });

    expect(await openWindows(kysely, sourceId)).toEqual([]);
    expect(await wantedIds(source)).toEqual([]);
    expect(await isDetailWanted(kysely, { sourceId, conversationId: 'a', generation: 1 })).toBe(false);
    expect(await readWindow(kysely, window.windowId)).toMatchObject({ isPaused: true, state: 'open' });
    expect((await signalWorker(kysely, { sourceId, workerId: 'worker' })).controlled).toEqual({
      paused: [runId],
      cancelled: [],
      running: [],
    });
    expect(await isRunSettled(kysely, runId)).toBe(false);

    expect(await resumeRun(kysely, runId)).toMatchObject({ kind: 'controlled' });
    expect(await openWindows(kysely, sourceId, runId)).toEqual([expect.objectContaining({ runId })]);
    expect(await wantedIds(source)).toEqual(['a', 'b']);
    expect(await isDetailWanted(kysely, { sourceId, conversationId: 'a', generation: 1 })).toBe(true);
    expect(await runsJustResumed(kysely, { sourceId, withinMs: 60_000 })).toEqual([runId]);
    const stretch = await wantedOfRun(kysely, { sourceId, runId, after: null, limit: 1 });
    expect(stretch).toMatchObject({ wanted: [{ conversationId: 'a' }], position: { conversationId: 'a' } });
    expect(await wantedOfRun(kysely, { sourceId, runId, after: stretch.position, limit: 5 })).toMatchObject({
      wanted: [{ conversationId: 'b' }],
      position: null,
    });
  });

  test('holds back nothing that another run wants as well, in whichever order they listed it', async () => {
    const source = await pipeline.newSource();
    const { kysely, sourceId } = source;
    const first = await runThatLists(source, 'backfill', ['shared', 'first']);
    const second = await runThatLists(source, 'backfill', ['shared', 'second']);
    const third = await runThatLists(source, 'backfill', ['shared']);
    await pauseRun(kysely, first);
    expect(await wantedIds(source)).toEqual(['second', 'shared']);
    await pauseRun(kysely, third);
    expect(await wantedIds(source)).toEqual(['second', 'shared']);
    await pauseRun(kysely, second);
    expect(await wantedIds(source)).toEqual([]);
    await resumeRun(kysely, third);
    expect(await wantedIds(source)).toEqual(['shared']);
    expect(await isDetailWanted(kysely, { sourceId, conversationId: 'shared', generation: 1 })).toBe(true);
    expect(await isDetailWanted(kysely, { sourceId, conversationId: 'first', generation: 1 })).toBe(false);
  });

  test('counts how long it was paused', async () => {
    const source = await pipeline.newSource();
    const runId = await source.startRun();
    await pauseRun(source.kysely, runId);
    await source.set(
      sql`update voxport_ops.runs set paused_at = now() - interval '90 seconds' where run_id = ${runId}`,
    );
    const paused = (await readRun(source.kysely, runId))!;
    expect(paused.pausedMs).toBeGreaterThanOrEqual(90_000);
    await resumeRun(source.kysely, runId);
    const resumed = (await readRun(source.kysely, runId))!;
    expect(resumed).toMatchObject({ state: 'running', pausedAt: null });
    expect(resumed.pausedMs).toBeGreaterThanOrEqual(90_000);
  });
});

describe('a cancelled run', () => {
  test('gives up what only it wanted, and leaves to other runs what they want', async () => {
    const source = await pipeline.newSource();
    const { kysely, sourceId } = source;
    const cancelled = await runThatLists(source, 'backfill', ['mine', 'landed', 'shared']);
    const other = await runThatLists(source, 'backfill', ['shared', 'theirs']);
    await source.land('landed', 1, '{}');
    const window = await source.window({ runId: cancelled, priority: 'backfill', origin: 'backfill' });

    const result = await cancelRun(kysely, cancelled);
    expect(result).toMatchObject({
      kind: 'controlled',
      counts: { listed: 3, fetched: 1, pending: 1, cancelled: 2, loaded: 0, unchanged: 0 },
    });
    expect(await wantedIds(source)).toEqual(['shared', 'theirs']);
    expect(await source.inventory('mine')).toMatchObject({ state: 'cancelled' });
    expect(await source.inventory('landed')).toMatchObject({ state: 'fetched' });
    expect(await source.inventory('shared')).toMatchObject({
      state: 'discovered',
      wanted_run_id: other,
      generation: 1,
    });
    expect(await readWindow(kysely, window.windowId)).toMatchObject({ state: 'cancelled' });
    expect(await readRun(kysely, cancelled)).toMatchObject({
      state: 'cancelled',
      cancelledAt: expect.any(Date),
      ended: { listed: 3, cancelled: 2 },
    });
    expect(await isRunSettled(kysely, other)).toBe(false);
    expect(await cancelRun(kysely, cancelled)).toEqual({ kind: 'already' });
    expect(await resumeRun(kysely, cancelled)).toEqual({ kind: 'ended', state: 'cancelled' });
    expect((await signalWorker(kysely, { sourceId, workerId: 'worker' })).controlled).toMatchObject({
      cancelled: [cancelled],
      running: [other],
    });
  });

  test('stays wanted through a run that is paused', async () => {
    const source = await pipeline.newSource();
    const first = await runThatLists(source, 'backfill', ['shared']);
    const second = await runThatLists(source, 'backfill', ['shared']);
    await pauseRun(source.kysely, second);
    await cancelRun(source.kysely, first);
    expect(await wantedIds(source)).toEqual([]);
    await resumeRun(source.kysely, second);
    expect(await wantedIds(source)).toEqual(['shared']);
  });

  test('lets whoever lists a conversation next want it again, as a newer detail request', async () => {
    const source = await pipeline.newSource();
    await cancelRun(source.kysely, await runThatLists(source, 'backfill', ['a']));
    const next = await runThatLists(source, 'backfill', ['a']);
    expect(await source.inventory('a')).toMatchObject({ state: 'discovered', generation: 2, wanted_run_id: next });
  });

  test('keeps the answer that was under way when it was cancelled', async () => {
    const source = await pipeline.newSource();
    await cancelRun(source.kysely, await runThatLists(source, 'backfill', ['a']));
    await source.land('a', 1, '{}');
    expect(await source.inventory('a')).toMatchObject({ state: 'fetched' });
  });

  test('does not move the watermark over ranges that it did not list, whatever its other windows did', async () => {
    const source = await pipeline.newSource();
    const { kysely, sourceId } = source;
    const before = await source.window({ range: { after: null, before: day('01') } });
    await savePage(kysely, { window: before, page: pageOf([]) });
    const runId = await source.startRun();
    // The newer half is listed, the older one is not: what a window that was divided leaves.
    const newer = await source.window({ runId, range: { after: day('15'), before: day('30') } });
    await source.window({ runId, range: { after: day('01'), before: day('15') } });
    await savePage(kysely, { window: newer, page: pageOf([listed('new')]) });
    await cancelRun(kysely, runId);
    const later = await source.window({ range: { after: day('29'), before: day('30') } });
    await savePage(kysely, { window: later, page: pageOf([]) });
    // It stands at the start of what was not listed.
    expect((await readSource(kysely, sourceId))?.watermarkAt).toEqual(day('01'));
  });

  test('cancels the parts of a window that is divided while it is cancelled', async () => {
    const source = await pipeline.newSource();
    const { kysely } = source;
    const rest = [
      { after: day('10'), before: day('20') },
      { after: day('01'), before: day('10') },
    ];
    // Which of the two is first is chance.
    for (let round = 0; round < 20; round += 1) {
      const runId = await source.startRun('backfill');
      const window = await source.window({ runId, priority: 'backfill', origin: 'backfill' });
      const step = { kind: 'split', trail: window.trail, rest } as const;
      const page = pageOf([listed(`a${round}`)], { hasMore: true, nextCursor: 'next' });
      const [saved] = await Promise.all([savePage(kysely, { window, page, step }), cancelRun(kysely, runId)]);
      expect(['saved', 'stale']).toContain(saved.kind);
      expect(await readRun(kysely, runId)).toMatchObject({ state: 'cancelled', windowsOpen: 0 });
      expect(await wantedIds(source)).toEqual([]);
    }
  });

  test('gives back the rechecks that it had taken up: they are due again', async () => {
    const source = await pipeline.newSource();
    const { kysely, sourceId } = source;
    await runThatLists(source, 'sync', ['a']);
    await source.set(sql`
      update voxport_ops.inventory set state = 'loaded', next_check_at = now() - interval '1 minute' where source_id = ${sourceId}`);
    const runId = await source.startRun();
    expect(await wantDueChecks(kysely, { sourceId, runId, waitingMax: 10 })).toHaveLength(1);
    await cancelRun(kysely, runId);
    expect(await wantedIds(source)).toEqual([]);
    expect(await wantDueChecks(kysely, { sourceId, runId: null, waitingMax: 10 })).toMatchObject([
      { conversationId: 'a', generation: 3, runId: null },
    ]);
  });
});

test('a run is told from one that nobody works on: a fleet works for all, a command for its own, a lister for none', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const runId = await source.startRun('backfill');
  const other = await source.startRun('backfill');
  const interrupted = async (): Promise<number[]> =>
    (await readRuns(kysely, { isOpen: true, sourceId }, 10)).filter((run) => run.isInterrupted).map((run) => run.runId);
  expect(await interrupted()).toEqual([]);
  await source.set(
    sql`update voxport_ops.runs set started_at = now() - interval '1 minute' where source_id = ${sourceId}`,
  );
  await signalWorker(kysely, { sourceId, workerId: 'lists', role: { role: 'lister' } });
  expect(await interrupted()).toEqual([other, runId]);
  await signalWorker(kysely, { sourceId, workerId: 'command', role: { role: 'command', runId } });
  expect(await interrupted()).toEqual([other]);
  // Those that fetch come first: the first of them is to find what the source allows, and a lister finds nothing.
  expect(await signalWorker(kysely, { sourceId, workerId: 'zealous fleet' })).toMatchObject({ workers: 3, rank: 1 });
  expect(await signalWorker(kysely, { sourceId, workerId: 'lists', role: { role: 'lister' } })).toMatchObject({
    rank: 2,
  });
  expect(await interrupted()).toEqual([]);
  await source.set(
    sql`update voxport_ops.workers set seen_at = now() - interval '1 minute' where source_id = ${sourceId}`,
  );
  expect(await interrupted()).toEqual([other, runId]);
  await pauseRun(kysely, other);
  expect(await interrupted()).toEqual([runId]);
});

test('a backfill is begun with a run and windows for each source, and found again by what it is', async () => {
  const [one, two] = [await pipeline.newSource(), await pipeline.newSource()];
  const { kysely } = one;
  const range = { after: day('01'), before: day('09') };
  const sources = [one, two].map(({ sourceId }) => ({ sourceId, filters: { agent_id: 'x', search: 'own' } }));
  const filters = { search: 'given' };
  const [begun, other] = await startBackfill(kysely, { sources, range, filters });
  const { runId, windows } = begun!;
  expect(other).toMatchObject({ sourceId: two.sourceId, windows: expect.objectContaining({ length: 8 }) });
  expect(windows).toHaveLength(8);
  expect(windows[0]).toMatchObject({ priority: 'backfill', filters: { agent_id: 'x', search: 'given' }, runId });
  expect(await readRun(kysely, runId)).toMatchObject({ windows: 8, windowsOpen: 8, filters, range, listedShare: 0 });

  const same = { sourceId: one.sourceId, range, filters };
  expect(await openBackfillLike(kysely, same)).toMatchObject({ runId });
  expect(await openBackfillLike(kysely, { ...same, filters: {} })).toBeNull();
  expect(await openBackfillLike(kysely, { ...same, sourceId: two.sourceId })).toMatchObject({ runId: other!.runId });
  expect(await openBackfillLike(kysely, { ...same, range: { ...range, after: day('02') } })).toBeNull();
  await cancelRun(kysely, runId);
  expect(await openBackfillLike(kysely, same)).toBeNull();
});

test('conversations that overlapping runs list count with the run that wanted them and, unchanged, with the one that listed them last', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const first = await runThatLists(source, 'backfill', ['a', 'b']);
  const second = await runThatLists(source, 'backfill', ['b', 'c']);
  for (const id of ['a', 'b', 'c']) await source.land(id, 1, id);
  await source.set(sql`
    update voxport_ops.inventory set state = 'loaded', load_outcome = 'inserted' where source_id = ${sourceId}`);
  expect(await countRun(kysely, first)).toMatchObject({ listed: 2, fetched: 2, loaded: 2, unchanged: 0, pending: 0 });
  expect(await countRun(kysely, second)).toMatchObject({ listed: 2, fetched: 1, loaded: 1, unchanged: 1, pending: 0 });
  expect(await openRuns(kysely, { sourceId })).toEqual([first, second]);
});

test('who pauses a run can tell when every living worker knows of it', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const runId = await source.startRun('backfill');
  const signal = async (workerId: string, role?: { role: 'lister' }): Promise<void> =>
    void (await signalWorker(kysely, { sourceId, workerId, ...(role === undefined ? {} : { role }) }));
  for (const workerId of ['one', 'two', 'dead']) await signal(workerId);
  await signal('lists', { role: 'lister' });
  const result = await pauseRun(kysely, runId);
  const since = result.kind === 'controlled' ? result.at : new Date(0);
  const haveSeen = (): Promise<boolean> => haveWorkersSeen(kysely, { runId, since });
  expect(await haveSeen()).toBe(false);
  // Times are told in milliseconds: a heartbeat in the same one might have come before.
  await source.set(sql`select pg_sleep(0.002)`);
  await signal('one');
  await source.set(sql`update voxport_ops.workers set seen_at = now() - interval '1 minute' where worker_id = 'dead'`);
  expect(await haveSeen()).toBe(false);
  await signal('two');
  expect(await haveSeen()).toBe(true);
});

test('the traffic of the workers that live is added up', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const sign = (workerId: string, inFlight: number, role: { role: 'fleet' } | { role: 'command'; runId: number }) =>
    signalWorker(kysely, {
      sourceId,
      workerId,
      role,
      traffic: { inFlight, requests: 100, refused: 7, detailLatencyMs: 250 },
    });
  await sign('one', 3, { role: 'command', runId: 1 });
  expect(await readLivingWorkers(kysely, [sourceId])).toMatchObject({ workers: 1, inFlight: 3, requests: 100 });
  await sign('two', 4, { role: 'fleet' });
  expect(await readLivingWorkers(kysely, [sourceId])).toEqual({
    workers: 2,
    inFlight: 7,
    requests: 200,
    refused: 14,
    inFlightLimit: null,
  });
  expect(await readSourcePace(kysely, sourceId)).toEqual({ inFlightLimit: null, detailLatencyMs: 250 });
});

test('what a backfill would make of listed conversations is told, and nothing is written', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const given = await runThatLists(source, 'backfill', ['given-up']);
  await cancelRun(kysely, given);
  await runThatLists(source, 'sync', ['pending', 'loaded', 'changed', 'failed', 'landed']);
  await source.set(sql`
    update voxport_ops.inventory set state = case conversation_id when 'failed' then 'failed' when 'landed' then 'fetched' else 'loaded' end,
      load_outcome = 'inserted' where source_id = ${sourceId} and conversation_id in ('loaded', 'changed', 'failed', 'landed')`);
  const before = await source.inventory('changed');
  const conversations = ['new', 'given-up', 'pending', 'loaded', 'failed', 'landed'].map((id) => listed(id));
  expect(
    await classifyListed(kysely, { sourceId, conversations: [...conversations, listed('changed', 'another')] }),
  ).toEqual({ new: 2, changed: 2, pending: 1, known: 2, erased: 0 });
  expect(await source.inventory('changed')).toEqual(before);
  await expect(source.inventory('new')).rejects.toThrow('there is no new');
});
