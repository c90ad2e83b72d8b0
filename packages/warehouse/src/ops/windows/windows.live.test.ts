import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failListing } from '../inventory/end-in-failure.ts';
import { day, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { savePage } from './save-page.ts';
import { readSource } from '../sources.ts';
import { failWindow, insertWindows, openWindows, readWindow, restartWindow, type Window } from './windows.ts';

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
    priority: 'backfill',
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
    priority: 'backfill',
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
  await finish(source, await source.window({ range: { after: null, before: day('05') } }));
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

test('the watermark does not move past a window that failed, until its range is listed; the failure is closed then', async () => {
  const source = await pipeline.newSource();
  await finish(source, await source.window({ range: { after: null, before: day('05') } }));
  await failOf(source, await source.window({ range: { after: day('05'), before: day('10') } }));
  await finish(source, await source.window({ range: { after: day('10'), before: day('20') } }));
  expect(await watermarkOf(source)).toEqual(day('05'));
  // Halves of it, listed one after the other, do as well.
  await finish(source, await source.window({ range: { after: day('05'), before: day('07') }, origin: 'backfill' }));
  expect(await source.failures()).toMatchObject([{ stage: 'list', resolved_at: null }]);
  await finish(source, await source.window({ range: { after: day('07'), before: day('21') } }));
  expect(await watermarkOf(source)).toEqual(day('21'));
  expect(await source.failures()).toMatchObject([{ resolution: 'recovered' }]);
});

test('the watermark never moves backwards: an old range that is listed again leaves it', async () => {
  const source = await pipeline.newSource();
  await finish(source, await source.window({ range: { after: null, before: day('20') } }));
  await finish(source, await source.window({ range: { after: day('01'), before: day('05') } }));
  expect(await watermarkOf(source)).toEqual(day('20'));
});

test('a backfill counts like any other listing, and holds the watermark back like none', async () => {
  const source = await pipeline.newSource();
  await source.window({ range: { after: day('01'), before: day('02') }, origin: 'backfill', priority: 'backfill' });
  await finish(source, await source.window({ range: { after: day('03'), before: day('25') }, origin: 'backfill' }));
  expect(await watermarkOf(source)).toBeNull();
  await finish(source, await source.window({ range: { after: null, before: day('04') } }));
  expect(await watermarkOf(source)).toEqual(day('25'));
});

test('however windows of consecutive syncs end, nothing before the watermark was left out', async () => {
  // Each sync begins a day before where the one before it ended; each of its windows is listed, left open, or fails.
  const fates = fc.array(fc.constantFrom('listed', 'open', 'failed'), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fates, fc.infiniteStream(fc.nat()), async (sequence, draw) => {
      const source = await pipeline.newSource();
      const edge = (index: number): Date => new Date(Date.UTC(2026, 7, 1 + index * 2));
      await finish(source, await source.window({ range: { after: null, before: edge(0) } }));
      const windows = [];
      for (const index of sequence.keys())
        windows.push(await source.window({ range: { after: edge(index), before: edge(index + 1) } }));
      let before: Date | null = edge(0);
      const order = windows.map((_, index) => index).toSorted(() => (draw.next().value! % 2 === 0 ? 1 : -1));
      for (const index of order) {
        if (sequence[index] === 'listed') await finish(source, windows[index]!);
        if (sequence[index] === 'failed') await failOf(source, windows[index]!);
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
