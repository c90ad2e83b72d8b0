import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eraseConversation } from './erase-conversation.ts';
import { listed, openTestPipeline } from '../ops-testing.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test('erases the payloads, and what was under way does not bring it back', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('gone'), listed('other')]);
  await source.land('gone', 1, '{"a":1}');
  await source.land('other', 1, '{"a":1}');
  expect(await eraseConversation(kysely, { sourceId, conversationId: 'gone', generation: 1 })).toBe(true);
  await source.land('gone', 1, '{"a":2}');
  expect(await source.payloads('gone')).toEqual([]);
  expect(await source.payloads('other')).toHaveLength(1);
  expect(await source.inventory('gone')).toMatchObject({ state: 'gone', listed_row: null, next_check_at: null });
});

test('one that is listed again is exported again', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('back')]);
  await eraseConversation(kysely, { sourceId, conversationId: 'back', generation: 1 });
  expect(await source.list([listed('back')])).toMatchObject([{ conversationId: 'back', generation: 2 }]);
  await source.land('back', 2, '{"a":3}');
  expect(await source.payloads('back')).toHaveLength(1);
});

test('a newer detail request is left alone, and nothing is deleted', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('c')]);
  await source.land('c', 1, '{"a":1}');
  await source.set(sql`
    update voxport_ops.inventory set generation = 2, state = 'discovered' where source_id = ${sourceId} and conversation_id = 'c'`);
  expect(await eraseConversation(kysely, { sourceId, conversationId: 'c', generation: 1 })).toBe(false);
  expect(await source.payloads('c')).toHaveLength(1);
  expect(await source.inventory('c')).toMatchObject({ state: 'discovered', erased_at: null });
});
