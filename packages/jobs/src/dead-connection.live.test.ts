import { createTestDatabase, createTestRedis, describeWithRedis, eventually } from '@voxport/testkit';
import { startProxy } from '@voxport/testkit/proxy';
import { describe, expect, test } from 'vitest';
import { consume } from './consume.ts';
import { openEngine } from './engine.ts';
import { openProducer } from './producer.ts';

const sourceId = 'support';
const notHere = async (): Promise<void> => {};

async function expectToGoOn(storeUrl: string): Promise<void> {
  const proxy = await startProxy(Number(new URL(storeUrl).port));
  const engine = await openEngine({
    queueUrl: Object.assign(new URL(storeUrl), { host: `127.0.0.1:${proxy.port}` }).href,
    consumersMax: 1,
    onError: () => {},
    answerTimeoutMs: 2000,
  });
  const producer = await openProducer(engine, sourceId, () => {});
  const handled: string[] = [];
  const consumer = await consume(engine, {
    sourceId,
    kind: 'fetch',
    concurrency: 2,
    handlers: {
      'list-page': notHere,
      'fetch-recording': notHere,
      'fetch-conversation': async ({ conversationId }) => void handled.push(conversationId),
    },
    onFailure: notHere,
    onError: () => {},
  });
  const enqueue = (conversationId: string): Promise<void> =>
    producer.enqueueConversations([{ conversationId, generation: 1, priority: 'live', runId: 1 }]);
  await enqueue('before');
  await eventually(() => handled.includes('before'), { what: 'the first job' });
  expect(proxy.swallow()).toBeGreaterThan(0);
  await eventually(() => enqueue('after').then(() => true), { what: 'a job to be enqueued again' });
  await eventually(() => handled.includes('after'), { what: 'the consumer to continue' });
  await consumer.close();
  await producer.close();
  await engine.close();
  await proxy.close();
}

describe('connections that swallow what they are sent', () => {
  test('are given up, and both producer and consumer continue, on Postgres', async () => {
    await using database = await createTestDatabase();
    await expectToGoOn(database.url);
  });
});

describeWithRedis('connections that swallow what they are sent', () => {
  test('are given up, and both producer and consumer continue, on Redis', async () => {
    await using redis = await createTestRedis();
    await expectToGoOn(redis.url);
  });
});
