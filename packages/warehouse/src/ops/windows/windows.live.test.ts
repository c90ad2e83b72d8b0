import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failListing } from '../inventory/end-in-failure.ts';
import { day, listed, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { isRunSettled, openRuns } from '../runs/runs.ts';
import { savePage } from './save-page.ts';
import { readSource } from '../sources.ts';
import {
  adoptOpenSyncWindows,
  failWindow,
  insertWindows,
  moveWatermark,
  openWindows,
  readWindow,
  restartWindow,
  supersedeFailedWindows,
  type Window,
} from './windows.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const watermarkOf = async ({ kysely, sourceId }: TestSource): Promise<Date | null> =>
  (await readSource(kysely, sourceId))?.watermarkAt ?? null;

const finish = (source: TestSource, window: Window) => savePage(source.kysely, { window, page: pageOf([]) });

function failOf(source: TestSource, window: Window): Promise<void> {
  return failListing(source.kysely, {
    sourceId: source.sourceId,
    stage: 'list',
    conversationId: null,
    windowId: window.windowId,
    runId: window.runId,
    code: 'server_error',
    message: 'the list cannot be had',
    status: 500,
    attempts: 8,
    payloadId: null,
  });
}

test('windows are numbered in the order given, open, at their first page', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const runId = await source.startRun('backfill');
  const ranges = [
    { after: day('20'), before: day('30') },
    { after: null, before: day('20') },
  ];
  const filters = { agent_id: 'a', tag_ids: ['x', 'y'] };
  const plan = {
    runId,
    sourceId,
    ranges,
    filters,
    lane: 'backfill',
    origin: 'backfill',
    movesWatermark: false,
  } as const;
  const windows = await insertWindows(kysely, plan);
  expect(windows.map((window) => window.range)).toEqual(ranges);
  expect(windows[0]!.windowId).toBeLessThan(windows[1]!.windowId);
  expect(windows[0]).toMatchObject({
    state: 'open',
    nextPage: 0,
    cursor: null,
    restarts: 0,
    filters,
    lane: 'backfill',
  });
  expect(await readWindow(kysely, windows[1]!.windowId)).toEqual({ ...windows[1], isPaused: false });
  expect(await openWindows(kysely, sourceId)).toEqual(windows);
});

test('a window that does not exist is null', async () => {
  const { kysely } = await pipeline.newSource();
  expect(await readWindow(kysely, 999_999_999)).toBeNull();
});

test('the windows of a run that is over are not open work', async () => {
  const source = await pipeline.newSource();
  const window = await source.window();
  await source.set(sql`update voxport_ops.runs set state = 'cancelled' where run_id = ${window.runId}`);
  expect(await openWindows(source.kysely, source.sourceId)).toEqual([]);
});

test('an expired cursor lists the window again from its start, under new page numbers, once', async () => {
  const source = await pipeline.newSource();
  const window = await source.window();
  await savePage(source.kysely, { window, page: pageOf([], { hasMore: true, nextCursor: 'next' }) });
  expect(await restartWindow(source.kysely, { windowId: window.windowId, page: 1 })).toBe(2);
  expect(await restartWindow(source.kysely, { windowId: window.windowId, page: 1 })).toBeNull();
  expect(await readWindow(source.kysely, window.windowId)).toMatchObject({ cursor: null, nextPage: 2, restarts: 1 });
});

test('only an open window can fail', async () => {
  const source = await pipeline.newSource();
  const window = await source.window();
  await finish(source, window);
  await failWindow(source.kysely, window.windowId);
  expect(await readWindow(source.kysely, window.windowId)).toMatchObject({ state: 'listed' });
});

test('the watermark moves to the end of what was listed, but not past the time at which the window was planned', async () => {
  const source = await pipeline.newSource();
  await finish(source, await source.window({ range: { after: null, before: day('10') } }));
  expect(await watermarkOf(source)).toEqual(day('10'));
  const ahead = new Date(Date.now() + 3_600_000);
  await finish(source, await source.window({ range: { after: day('10'), before: ahead } }));
  expect((await watermarkOf(source))!.getTime()).toBeLessThanOrEqual(Date.now());
  expect((await watermarkOf(source))!.getTime()).toBeGreaterThan(Date.now() - 60_000);
});

test('the watermark does not move past a window that is open, and moves on when that is listed', async () => {
  const source = await pipeline.newSource();
  const older = await source.window({ range: { after: day('05'), before: day('10') } });
  const newer = await source.window({ range: { after: day('10'), before: day('20') } });
  await finish(source, newer);
  expect(await watermarkOf(source)).toEqual(day('05'));
  await finish(source, older);
  expect(await watermarkOf(source)).toEqual(day('20'));
});

test('the watermark does not move at all while a window without a beginning is open', async () => {
  const source = await pipeline.newSource();
  await source.window({ range: { after: null, before: day('10') } });
  await finish(source, await source.window({ range: { after: day('10'), before: day('20') } }));
  expect(await watermarkOf(source)).toBeNull();
});

test('the watermark does not move past a window that failed, until a sync has covered its range again', async () => {
  const source = await pipeline.newSource();
  const failed = await source.window({ range: { after: day('05'), before: day('10') } });
  await failOf(source, failed);
  await finish(source, await source.window({ range: { after: day('10'), before: day('20') } }));
  expect(await watermarkOf(source)).toEqual(day('05'));
  expect(await supersedeFailedWindows(source.kysely, source.sourceId)).toBe(1);
  expect(await supersedeFailedWindows(source.kysely, source.sourceId)).toBe(0);
  await finish(source, await source.window({ range: { after: day('05'), before: day('21') } }));
  expect(await watermarkOf(source)).toEqual(day('21'));
});

test('the watermark never moves backwards: an old range that is listed again leaves it', async () => {
  const source = await pipeline.newSource();
  await finish(source, await source.window({ range: { after: null, before: day('20') } }));
  await finish(source, await source.window({ range: { after: day('01'), before: day('05') } }));
  expect(await watermarkOf(source)).toEqual(day('20'));
});

test('a backfill neither moves the watermark nor holds it back', async () => {
  const source = await pipeline.newSource();
  await source.window({ range: { after: day('01'), before: day('02') }, origin: 'backfill', lane: 'backfill' });
  await finish(source, await source.window({ range: { after: day('03'), before: day('25') }, origin: 'backfill' }));
  expect(await watermarkOf(source)).toBeNull();
  await finish(source, await source.window({ range: { after: null, before: day('20') } }));
  expect(await watermarkOf(source)).toEqual(day('20'));
});

test('however windows of consecutive syncs end, nothing before the watermark was left out', async () => {
  // Each sync begins a day before where the one before it ended; each of its windows is listed, left open, or fails.
  const fates = fc.array(fc.constantFrom('listed', 'open', 'failed'), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fates, fc.infiniteStream(fc.nat()), async (sequence, draw) => {
      const source = await pipeline.newSource();
      const edge = (index: number): Date => new Date(Date.UTC(2026, 7, 1 + index * 2));
      const windows = [];
      for (const index of sequence.keys())
        windows.push(await source.window({ range: { after: edge(index), before: edge(index + 1) } }));
      let before: Date | null = null;
      const order = windows.map((_, index) => index).toSorted(() => (draw.next().value! % 2 === 0 ? 1 : -1));
      for (const index of order) {
        if (sequence[index] === 'listed') await finish(source, windows[index]!);
        if (sequence[index] === 'failed') await failOf(source, windows[index]!);
        await moveWatermark(source.kysely, source.sourceId);
        const watermark = await watermarkOf(source);
        expect(watermark?.getTime() ?? 0).toBeGreaterThanOrEqual(before?.getTime() ?? 0);
        before = watermark;
      }
      const firstGap = sequence.findIndex((fate) => fate !== 'listed');
      expect(before).toEqual(edge(firstGap === -1 ? sequence.length : firstGap));
    }),
    { numRuns: 15 },
  );
});

test('a new sync goes on with the windows that an earlier one left open, at their page, and the earlier run is over', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const left = await source.window();
  await savePage(kysely, { window: left, page: pageOf([listed('a')], { hasMore: true, nextCursor: 'here' }) });
  const runId = await source.startRun();
  const adopted = await adoptOpenSyncWindows(kysely, { sourceId, runId });
  expect(adopted).toMatchObject([{ windowId: left.windowId, runId, nextPage: 1, cursor: 'here', range: left.range }]);
  // What was wanted and has not come is the new run's to wait for.
  expect(await source.inventory('a')).toMatchObject({ wanted_run_id: runId, seen_run_id: runId });
  expect(await openRuns(kysely, { sourceId })).toEqual([runId]);
  expect(await isRunSettled(kysely, runId)).toBe(false);
});

test('a new sync waits for the details that an earlier one listed to its end and did not fetch', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('a')]);
  const window = await source.window();
  await adoptOpenSyncWindows(kysely, { sourceId, runId: window.runId });
  await finish(source, window);
  expect(await isRunSettled(kysely, window.runId)).toBe(false);
});

test('a new sync leaves a backfill and its detail requests alone', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const backfill = await source.window({ origin: 'backfill', lane: 'backfill' });
  await savePage(kysely, { window: backfill, page: pageOf([listed('a')], { hasMore: true, nextCursor: 'n' }) });
  const runId = await source.startRun();
  expect(await adoptOpenSyncWindows(kysely, { sourceId, runId })).toEqual([]);
  expect(await source.inventory('a')).toMatchObject({ wanted_run_id: backfill.runId });
  expect(await openRuns(kysely, { sourceId })).toEqual([backfill.runId, runId]);
});

test('a window that failed and was superseded has its failure closed', async () => {
  const source = await pipeline.newSource();
  await failOf(source, await source.window());
  expect(await source.failures()).toMatchObject([{ stage: 'list', resolved_at: null }]);
  await supersedeFailedWindows(source.kysely, source.sourceId);
  expect(await source.failures()).toMatchObject([{ resolution: 'recovered' }]);
});
