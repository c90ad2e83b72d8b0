import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { eventually } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { describeOnBothStores } from '../test/stores.ts';
import { consume } from './consume.ts';
import { openProducer } from './producer.ts';

const sourceId = 'support';
const wanted = { conversationId: 'a', generation: 1, priority: 'live', runId: 1 } as const;
const notHere = async (): Promise<void> => {};

describeOnBothStores('the queue', (openStore) => {
  test('a job whose dead letter cannot be made durable is not acknowledged: it comes back, and no attempt is counted', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    const attempts: number[] = [];
    const problems: unknown[] = [];
    const letters: string[] = [];
    const consumer = await consume(store.engine, {
      sourceId,
      kind: 'fetch',
      concurrency: 1,
      handlers: {
        'list-page': notHere,
        'fetch-recording': notHere,
        'fetch-conversation': async (_job, { attempt }) => {
          attempts.push(attempt);
          throw new TerminalFailure('not_found', 'gone');
        },
      },
      onFailure: async (_job, _error, decision) => {
        if (attempts.length < 3) throw new Error('the database is away');
        letters.push(decision.kind);
      },
      onError: (error) => problems.push(error.message),
    });
    await producer.enqueueConversations([wanted]);
    await eventually(() => letters.length === 1, { what: 'the dead letter' });
    expect(attempts).toEqual([1, 1, 1]);
    expect(problems).toEqual(['the database is away', 'the database is away']);
    await consumer.close();
    await producer.close();
  });

  test('a database that is away holds back the whole queue, and uses up no attempt of its jobs', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    const attempts: number[] = [];
    const startedMs: number[] = [];
    const consumer = await consume(store.engine, {
      sourceId,
      kind: 'fetch',
      concurrency: 1,
      handlers: {
        'list-page': notHere,
        'fetch-recording': notHere,
        'fetch-conversation': async (_job, { attempt }) => {
          attempts.push(attempt);
          startedMs.push(performance.now());
          if (attempts.length < 3) throw new TransientFailure('database', 'the connection was lost');
        },
      },
      onFailure: notHere,
      onError: () => {},
    });
    await producer.enqueueConversations([wanted, { ...wanted, conversationId: 'b' }]);
    await eventually(() => attempts.length === 4, { what: 'both to be done' });
    expect(attempts).toEqual([1, 1, 1, 1]);
    // 500 ms at least; the clocks of the two stores are not ours to the millisecond.
    expect(startedMs[1]! - startedMs[0]!).toBeGreaterThan(450);
    expect(startedMs[2]! - startedMs[1]!).toBeGreaterThan(450);
    await consumer.close();
    await producer.close();
  });
});
