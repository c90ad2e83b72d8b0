import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failConversation, markGone } from './end-in-failure.ts';
import { recordFailure, resolveRecovered, type Failure } from './failures.ts';
import { listed, openTestPipeline, type TestSource } from '../ops-testing.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const failureOf = ({ sourceId }: TestSource, changes: Partial<Failure> = {}): Failure => ({
  sourceId,
  stage: 'fetch',
  conversationId: 'a',
  windowId: null,
  runId: null,
  code: 'server_error',
  message: 'the source failed',
  status: 500,
  attempts: 8,
  payloadId: null,
  ...changes,
});

const setState = (source: TestSource, state: string): Promise<void> =>
  source.set(sql`update voxport_ops.inventory set state = ${state} where source_id = ${source.sourceId}`);

test('a failure of the same thing that is still open is brought up to date, and its attempts add up', async () => {
  const source = await pipeline.newSource();
  await recordFailure(source.kysely, failureOf(source));
  await recordFailure(
    source.kysely,
    failureOf(source, { code: 'timeout', message: 'no answer', status: null, attempts: 3 }),
  );
  expect(await source.failures()).toMatchObject([
    { error_class: 'timeout', message: 'no answer', http_status: null, attempts: 11, resolved_at: null },
  ]);
});

test('failures at another stage, of another conversation or of another window are others', async () => {
  const source = await pipeline.newSource();
  await recordFailure(source.kysely, failureOf(source));
  await recordFailure(source.kysely, failureOf(source, { stage: 'load' }));
  await recordFailure(source.kysely, failureOf(source, { conversationId: 'b' }));
  await recordFailure(source.kysely, failureOf(source, { stage: 'list', conversationId: null, windowId: 1 }));
  await recordFailure(source.kysely, failureOf(source, { stage: 'list', conversationId: null, windowId: 2 }));
  expect(await source.failures()).toHaveLength(5);
});

test('two processes that record the same failure at once leave one', async () => {
  const source = await pipeline.newSource();
  await Promise.all(Array.from({ length: 4 }, () => recordFailure(source.kysely, failureOf(source, { attempts: 1 }))));
  expect(await source.failures()).toMatchObject([{ attempts: 4 }]);
});

test('a message that quotes what Postgres refuses is recorded all the same, and a long one is cut', async () => {
  const source = await pipeline.newSource();
  await recordFailure(source.kysely, failureOf(source, { message: `\u0000\uD800${'x'.repeat(10_000)}` }));
  const [failure] = await source.failures();
  expect(failure!['message']).toMatch(/^\uFFFD\uFFFDx+$/u);
  expect(String(failure!['message']).length).toBeLessThanOrEqual(4000);
});

test('a failure is closed when its conversation has been loaded, and a later one is a new one', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('a'), listed('b')]);
  await recordFailure(kysely, failureOf(source));
  await recordFailure(kysely, failureOf(source, { conversationId: 'b' }));
  await setState(source, 'loaded');
  await resolveRecovered(kysely, { sourceId, conversationIds: ['a'] });
  expect(await source.failures()).toMatchObject([
    { conversation_id: 'a', resolution: 'recovered' },
    { conversation_id: 'b', resolution: null },
  ]);
  await recordFailure(kysely, failureOf(source));
  expect(await source.failures()).toHaveLength(3);
});

test('an older payload that loads does not close the failure of a newer detail request', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('a')]);
  await recordFailure(kysely, failureOf(source));
  await setState(source, 'failed');
  await resolveRecovered(kysely, { sourceId, conversationIds: ['a'] });
  expect(await source.failures()).toMatchObject([{ resolved_at: null }]);
});

test('a conversation that fails ends its detail request and leaves its dead letter, together; a newer detail request continues without one', async () => {
  const source = await pipeline.newSource();
  const { kysely } = source;
  await source.list([listed('a')]);
  await source.list([listed('a', 'second')]);
  const { payloadId: _, ...rest } = failureOf(source);
  const failure = { ...rest, conversationId: 'a', body: null };
  await failConversation(kysely, { ...failure, generation: 1 });
  expect(await source.failures()).toEqual([]);
  expect(await source.inventory('a')).toMatchObject({ state: 'discovered', generation: 2 });
  await failConversation(kysely, { ...failure, generation: 2 });
  expect(await source.failures()).toMatchObject([{ conversation_id: 'a', error_class: 'server_error' }]);
  expect(await source.inventory('a')).toMatchObject({ state: 'failed', generation: 2 });
});

test('the answer that could not be used is kept with its dead letter', async () => {
  const source = await pipeline.newSource();
  const { kysely } = source;
  await source.list([listed('a')]);
  const { payloadId: _, ...rest } = failureOf(source, { code: 'unusable_payload' });
  await failConversation(kysely, { ...rest, conversationId: 'a', generation: 1, body: Buffer.from('<html>') });
  const [payload] = await source.payloads('a');
  expect(payload).toMatchObject({ state: 'failed', size_bytes: 6 });
  expect(await source.failures()).toMatchObject([{ payload_id: payload!['payload_id'] }]);
});

test('a conversation that is gone ends its detail request, and its rows keep their content and tell when', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('a')]);
  await source.set(sql`
    insert into voxport.conversations (source_id, conversation_id, summary, first_seen_at, exported_at, observed_at, origin)
    values (${sourceId}, 'a', 'kept', now(), now(), now(), 'poll')`);
  await source.set(sql`
    insert into voxport_ops.loaded_conversations (source_id, conversation_id, observed_at) values (${sourceId}, 'a', now())`);
  await markGone(kysely, { sourceId, conversationId: 'a', generation: 7 });
  expect(await source.inventory('a')).toMatchObject({ state: 'discovered' });
  await markGone(kysely, { sourceId, conversationId: 'a', generation: 1 });
  expect(await source.inventory('a')).toMatchObject({ state: 'gone' });
  const { rows } = await sql`
    select summary, deleted_at is not null as deleted from voxport.conversations where source_id = ${sourceId}`.execute(
    kysely,
  );
  expect(rows).toEqual([{ summary: 'kept', deleted: true }]);
});
