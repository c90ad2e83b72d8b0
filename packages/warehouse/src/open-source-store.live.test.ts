import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSourceStore } from './open-source-store.ts';
import { openTestPipeline } from './ops/ops-testing.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const pause = { code: 'unauthorized', reason: 'the key is refused' } as const;

test('a store reads and writes its own source, however it is asked', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  const other = await pipeline.newSource();
  const store = openSourceStore(kysely, sourceId);
  const { readSource } = openSourceStore(kysely, other.sourceId);
  expect(await store.pauseSource(pause)).toBe(true);
  expect(await store.readSource()).toMatchObject({ sourceId, pausedClass: 'unauthorized' });
  expect(await readSource()).toMatchObject({ sourceId: other.sourceId, pausedClass: null });
});

test('what names another source is of the store all the same', async () => {
  const { kysely, sourceId } = await pipeline.newSource();
  const other = await pipeline.newSource();
  const store = openSourceStore(kysely, sourceId);
  const misled = { ...pause, sourceId: other.sourceId };
  expect(await store.pauseSource(misled)).toBe(true);
  expect(await openSourceStore(kysely, other.sourceId).readSource()).toMatchObject({ pausedAt: null });
});
