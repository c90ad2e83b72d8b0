import { afterAll, beforeAll, expect, test } from 'vitest';
import { listed, openTestPipeline, type TestSource } from '../ops-testing.ts';
import { failConversation } from './end-in-failure.ts';
import { divideLateSetUpFailure } from './set-up-failure.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const open = async (source: TestSource): Promise<unknown[]> =>
  (await source.failures())
    .filter((failure) => failure['resolved_at'] === null)
    .map((failure) => failure['conversation_id']);

test('a failure of the set-up that stands although a detail has landed is divided, and no other one', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const [first, second, third] = await source.list(['a', 'b', 'c'].map((id) => listed(id)));
  for (const wanted of [first!, second!]) {
    await failConversation(kysely, {
      sourceId,
      stage: 'fetch',
      windowId: null,
      body: null,
      code: 'detail_missing',
      message: 'listed, and 404',
      status: 404,
      attempts: 2,
      runId: wanted.runId,
      conversationId: wanted.conversationId,
      generation: wanted.generation,
    });
  }
  expect(await open(source)).toEqual([null]);
  await divideLateSetUpFailure(kysely, sourceId);
  expect(await open(source)).toEqual([null]);
  // The process that lands it has found no failure: that of another one was not committed yet.
  await source.land(third!.conversationId, third!.generation, '{}');
  await divideLateSetUpFailure(kysely, sourceId);
  expect(new Set(await open(source))).toEqual(new Set(['a', 'b']));
});
