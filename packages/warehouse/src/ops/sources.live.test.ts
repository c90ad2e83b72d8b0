import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestPipeline } from './ops-testing.ts';
import { signalWorker } from './runs/workers.ts';
import { changeInFlightLimit, pauseSource, readSource, registerSource, resumeSource } from './sources.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test('a source that was never registered is null; registering again keeps what is known of it', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  expect(await readSource(kysely, 'nobody')).toBeNull();
  await changeInFlightLimit(kysely, { sourceId, changedAt: null, to: 7 });
  await registerSource(kysely, { sourceId, dialect: 'voiceable', baseUrl: 'http://elsewhere' });
  expect(await readSource(kysely, sourceId)).toMatchObject({ sourceId, inFlightLimit: 7, pausedAt: null });
});

test('a worker that starts is told the limit, and what was refused above it', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  const start = () => signalWorker(kysely, { sourceId, workerId: 'one' });
  expect(await start()).toMatchObject({ inFlightLimit: null, inFlightRefused: null });
  const { changedAt } = await changeInFlightLimit(kysely, { sourceId, changedAt: null, to: 10 });
  expect(await start()).toMatchObject({ inFlightLimit: 10, inFlightRefused: null });
  await changeInFlightLimit(kysely, { sourceId, changedAt, to: 15, refused: 16 });
  expect(await start()).toMatchObject({ inFlightLimit: 15, inFlightRefused: 16 });
});

test('a source is paused once, with the first reason, and resumed once', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  const pause = { sourceId, code: 'unauthorized', reason: 'the key \u0000 is refused' } as const;
  expect(await pauseSource(kysely, pause)).toBe(true);
  expect(await pauseSource(kysely, { ...pause, reason: 'another' })).toBe(false);
  expect(await readSource(kysely, sourceId)).toMatchObject({
    pausedClass: 'unauthorized',
    pausedReason: 'the key \uFFFD is refused',
  });
  expect(await resumeSource(kysely, sourceId)).toBe(true);
  expect(await resumeSource(kysely, sourceId)).toBe(false);
  expect(await readSource(kysely, sourceId)).toMatchObject({ pausedAt: null, pausedReason: null, pausedClass: null });
});

test('of workers that change the limit at once from what they all knew, one succeeds; a limit that has come back is no longer what they knew', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  const first = await changeInFlightLimit(kysely, { sourceId, changedAt: null, to: 4 });
  expect(first).toMatchObject({ limit: 4, isChanged: true });
  const { changedAt } = first;
  const all = await Promise.all([5, 6, 7, 8].map((to) => changeInFlightLimit(kysely, { sourceId, changedAt, to })));
  const [changed, ...others] = all.filter(({ isChanged }) => isChanged);
  expect(others).toEqual([]);
  expect(await readSource(kysely, sourceId)).toMatchObject({ inFlightLimit: changed!.limit });
  expect(await changeInFlightLimit(kysely, { sourceId, changedAt, to: 9 })).toEqual({ ...changed, isChanged: false });

  const back = await changeInFlightLimit(kysely, { sourceId, changedAt: changed!.changedAt, to: 4 });
  expect(back).toMatchObject({ limit: 4, isChanged: true });
  expect(await changeInFlightLimit(kysely, { sourceId, changedAt, to: 2 })).toEqual({ ...back, isChanged: false });
});
