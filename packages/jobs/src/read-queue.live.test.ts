import { createTestDatabase, createTestRedis, describeWithRedis, eventually } from '@voxport/testkit';
import { describe, expect, test } from 'vitest';
import { consume } from './consume.ts';
import { openEngine } from './engine.ts';
import { loadSlots, openProducer } from './producer.ts';

const fail = (error: Error): never => {
  throw error;
};

function tests(openStore: () => Promise<{ url: string } & AsyncDisposable>): void {
  test('a queue tells how many jobs wait, and since when the oldest of all priorities does', async () => {
    await using store = await openStore();
    const engine = await openEngine({ queueUrl: store.url, consumersMax: 1, onError: fail });
    await using opened = new AsyncDisposableStack();
    opened.defer(() => engine.close());
    const producer = await openProducer(engine, 'support', fail);
    opened.defer(() => producer.close());
    expect(await producer.readQueue('fetch')).toEqual({
      waiting: 0,
      delayed: 0,
      active: 0,
      oldestAddedAt: null,
      isFlowing: true,
    });

    const before = Date.now();
    const wanted = (priority: 'live' | 'backfill', from: number) =>
      Array.from({ length: 20 }, (_, index) => ({
        conversationId: `conv_${from + index}`,
        generation: 1,
        priority,
        runId: null,
      }));
    // The oldest is one that goes last.
    await producer.enqueueConversations(wanted('backfill', 0));
    const between = Date.now();
    await eventually(() => Date.now() > between + 20, { what: 'the clock' });
    await producer.enqueueConversations(wanted('live', 100));
    await producer.enqueuePage({ windowId: 1, page: 0, runId: 1 }, 'refresh');
    const { oldestAddedAt, ...depth } = await producer.readQueue('fetch');
    expect(depth).toEqual({ waiting: 41, delayed: 0, active: 0, isFlowing: true });
    expect(oldestAddedAt!.getTime()).toBeGreaterThanOrEqual(before);
    expect(oldestAddedAt!.getTime()).toBeLessThanOrEqual(between);

    // A wake-up has no priority.
    await producer.wakeLoader(0);
    expect((await producer.readQueue('load')).oldestAddedAt!.getTime()).toBeGreaterThan(between);
    await producer.wakeLoaders();
    expect(await producer.loadDepth(), 'every slot is woken, and the one that was woken already not again').toEqual({
      waiting: loadSlots,
      delayed: 0,
      active: 0,
    });

    await producer.pause();
    expect(await producer.readQueue('fetch')).toMatchObject({ waiting: 41, isFlowing: false });
    await producer.resume();

    // What remains when the older ones are done.
    const consumer = await consume(engine, {
      sourceId: 'support',
      kind: 'fetch',
      concurrency: 4,
      handlers: {
        'list-page': async () => {},
        'fetch-conversation': async () => {},
        'fetch-recording': async () => {},
      },
      onFailure: async () => {},
      onError: fail,
    });
    // A closing consumer hands back what it has just taken: nothing may be in its hands.
    const isEmpty = async () => {
      const { waiting, active } = await producer.readQueue('fetch');
      return waiting + active === 0;
    };
    await eventually(isEmpty, { what: 'the queue to be empty' });
    await consumer.close();
    expect((await producer.readQueue('fetch')).oldestAddedAt).toBeNull();
  });
}

describe('reading a queue, on Postgres', () => {
  tests(async () => {
    const database = await createTestDatabase();
    return { url: database.url, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  });
});
describeWithRedis('reading a queue, on Redis', () => {
  tests(async () => {
    const redis = await createTestRedis();
    return { url: redis.url, [Symbol.asyncDispose]: () => redis.close() };
  });
});
