import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestPipeline } from './ops-testing.ts';
import { changeInFlightLimit, pauseSource, readSource, registerSource, resumeSource } from './sources.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test('a source that was never registered is null; registering again keeps what is known of it', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  expect(await readSource(kysely, 'nobody')).toBeNull();
  await changeInFlightLimit(kysely, { sourceId, from: 4, to: 7 });
  await registerSource(kysely, { sourceId, dialect: 'voiceable', baseUrl: 'http://elsewhere' });
  expect(await readSource(kysely, sourceId)).toMatchObject({ sourceId, inFlightLimit: 7, pausedAt: null });
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

test('of workers that change the limit at once from the same number, one succeeds and all are told what holds', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  await changeInFlightLimit(kysely, { sourceId, from: 4, to: 4 });
  await Promise.all([5, 6, 7, 8].map((to) => changeInFlightLimit(kysely, { sourceId, from: 4, to })));
  const { inFlightLimit } = (await readSource(kysely, sourceId))!;
  expect([5, 6, 7, 8]).toContain(inFlightLimit);
  expect(await changeInFlightLimit(kysely, { sourceId, from: 4, to: 9 })).toBe(inFlightLimit);
  expect(await changeInFlightLimit(kysely, { sourceId, from: inFlightLimit!, to: 3 })).toBe(3);
});
