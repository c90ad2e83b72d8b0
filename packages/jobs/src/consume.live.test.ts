import { type RetryDecision, TerminalFailure, TransientFailure, type WantedDetail } from '@voxport/domain';
import { eventually } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { describeOnBothStores } from '../test/stores.ts';
import { consume, type Consumer, type Handlers } from './consume.ts';
import type { Engine } from './engine.ts';
import { openQueue } from './open-queue.ts';
import { openProducer } from './producer.ts';

const sourceId = 'support';
const noPage: Handlers<'fetch'>['list-page'] = async () => {};
const noRecording: Handlers<'fetch'>['fetch-recording'] = async () => {};

interface Seen {
  readonly failures: { code: string; decision: RetryDecision['kind']; attempt: number }[];
}

async function startConsumer(
  engine: Engine,
  fetchConversation: Handlers<'fetch'>['fetch-conversation'],
  options: { concurrency?: number; fetchRecording?: Handlers<'fetch'>['fetch-recording'] } = {},
): Promise<Consumer & Seen> {
  const failures: Seen['failures'] = [];
  const consumer = await consume(engine, {
    sourceId,
    kind: 'fetch',
    concurrency: options.concurrency ?? 4,
    handlers: {
      'list-page': noPage,
      'fetch-conversation': fetchConversation,
      'fetch-recording': options.fetchRecording ?? noRecording,
    },
    onFailure: async (_job, error, decision, attempt) => {
      const code = error instanceof TransientFailure || error instanceof TerminalFailure ? error.code : 'unexpected';
      failures.push({ code, decision: decision.kind, attempt });
    },
    onError: () => {},
  });
  return { ...consumer, failures };
}

const wanted = (conversationId: string, priority: WantedDetail['priority'] = 'live'): WantedDetail => ({
  conversationId,
  generation: 1,
  priority,
  runId: 1,
});

async function isDrained(producer: Awaited<ReturnType<typeof openProducer>>): Promise<boolean> {
  const { waiting, delayed, active } = await producer.fetchDepth();
  return waiting + delayed + active === 0;
}

describeOnBothStores('the queue', (openStore) => {
  test('a detail that is enqueued twice is fetched once', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    await producer.enqueueConversations([wanted('a'), wanted('b:with/odd chars')]);
    await producer.enqueueConversations([wanted('b:with/odd chars'), wanted('a')]);
    const handled: string[] = [];
    const consumer = await startConsumer(store.engine, async ({ conversationId }) => void handled.push(conversationId));
    await eventually(() => isDrained(producer), { what: 'the queue to be empty' });
    expect(handled.toSorted()).toEqual(['a', 'b:with/odd chars']);
    await consumer.close();
    await producer.close();
  });

  test('new calls go before rechecks, rechecks before a backfill', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    await producer.enqueueConversations([wanted('old', 'backfill'), wanted('again', 'refresh'), wanted('new', 'live')]);
    const handled: string[] = [];
    const consumer = await startConsumer(
      store.engine,
      async ({ conversationId }) => void handled.push(conversationId),
      {
        concurrency: 1,
      },
    );
    await eventually(() => isDrained(producer), { what: 'the queue to be empty' });
    expect(handled).toEqual(['new', 'again', 'old']);
    await consumer.close();
    await producer.close();
  });

  test('recordings come behind every transcript, those of history behind the others, and one that is enqueued twice is fetched once', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    const recording = (conversationId: string, priority: WantedDetail['priority']) => ({
      conversationId,
      generation: 1,
      priority,
    });
    await producer.enqueueRecordings([recording('old sound', 'backfill'), recording('new sound', 'live')]);
    await producer.enqueueRecordings([recording('new sound', 'live')]);
    await producer.enqueueConversations([wanted('old', 'backfill'), wanted('new', 'live')]);
    const handled: string[] = [];
    const handle = async ({ conversationId }: { conversationId: string }): Promise<void> =>
      void handled.push(conversationId);
    const consumer = await startConsumer(store.engine, handle, { concurrency: 1, fetchRecording: handle });
    await eventually(() => isDrained(producer), { what: 'the queue to be empty' });
    expect(handled).toEqual(['new', 'old', 'new sound', 'old sound']);
    await consumer.close();
    await producer.close();
  });

  test('a transient failure counts an attempt and is tried again, a refusal by a limit is tried again and counts none', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    const attempts: number[] = [];
    const errors = [
      new TransientFailure('concurrent_limit', 'too many'),
      new TransientFailure('rate_limit', 'slow down', { retryAfterMs: 20 }),
      new TransientFailure('server_error', 'oops'),
    ];
    const consumer = await startConsumer(store.engine, async (_job, { attempt }) => {
      attempts.push(attempt);
      const error = errors.shift();
      if (error) throw error;
    });
    await producer.enqueueConversations([wanted('a')]);
    await eventually(() => attempts.length === 4, { what: 'four tries' });
    await eventually(() => isDrained(producer), { what: 'the queue to be empty' });
    expect(attempts).toEqual([1, 1, 1, 2]);
    expect(consumer.failures.map((failure) => failure.decision)).toEqual(['delay_job', 'delay_queue', 'retry']);
    await consumer.close();
    await producer.close();
  });

  test('a terminal failure is a dead letter at once, and its job is gone', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    const consumer = await startConsumer(store.engine, async () => {
      throw new TerminalFailure('not_found', 'gone', { status: 404 });
    });
    await producer.enqueueConversations([wanted('a')]);
    await eventually(() => consumer.failures.length > 0, { what: 'the failure' });
    await eventually(() => isDrained(producer), { what: 'the queue to be empty' });
    expect(consumer.failures).toEqual([{ code: 'not_found', decision: 'dead_letter', attempt: 1 }]);
    // The name is free again: a later detail request of the same generation is taken.
    await producer.enqueueConversations([wanted('a')]);
    await eventually(() => consumer.failures.length === 2, { what: 'the second failure' });
    await consumer.close();
    await producer.close();
  });

  test('a consumer that closes just when a job starts does not take that job up again', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    for (let round = 0; round < 10; round += 1) {
      let started = 0;
      const consumer = await startConsumer(store.engine, async (_job, { signal }) => {
        started += 1;
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      });
      await producer.enqueueConversations([wanted('a')]);
      await eventually(() => started === 1, { what: 'the job to start' });
      await consumer.close();
      expect(await producer.fetchDepth()).toEqual({ waiting: 1, delayed: 0, active: 0 });
    }
    await producer.close();
  });

  test('a consumer that closes hands its running job back without counting an attempt', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    let started = 0;
    const first = await startConsumer(store.engine, async (_job, { signal }) => {
      started += 1;
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    });
    await producer.enqueueConversations([wanted('a')]);
    await eventually(() => started === 1, { what: 'the job to start' });
    await first.close();
    expect(first.failures).toEqual([]);

    const attempts: number[] = [];
    const second = await startConsumer(store.engine, async (_job, { attempt }) => void attempts.push(attempt));
    await eventually(() => attempts.length > 0, { what: 'the job to be taken by another' });
    expect(attempts).toEqual([1]);
    await second.close();
    await producer.close();
  });

  test('a limit of jobs that an earlier release left on the queue is taken away', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    const queue = await openQueue(store.engine, sourceId, 'fetch', () => {});
    await queue.setGlobalConcurrency(1);
    await producer.dropJobLimit();
    let inFlight = 0;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const consumer = await startConsumer(store.engine, async () => {
      inFlight += 1;
      await released;
    });
    await producer.enqueueConversations([wanted('a'), wanted('b')]);
    await eventually(() => inFlight === 2, { what: 'both jobs to be in hand at once' });
    release();
    await eventually(() => isDrained(producer), { what: 'the queue to be empty' });
    await consumer.close();
    await queue.close();
    await producer.close();
  });

  test('a wake-up that is sent while its priority is busy wakes once more, however often', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    let wakeUps = 0;
    const release: (() => void)[] = [];
    const consumer = await consume(store.engine, {
      sourceId,
      kind: 'load',
      concurrency: 2,
      handlers: {
        'load-landed': async () => {
          wakeUps += 1;
          await new Promise<void>((resolve) => release.push(resolve));
        },
      },
      onFailure: async () => {},
      onError: () => {},
    });
    await producer.wakeLoader(0);
    await eventually(() => wakeUps === 1, { what: 'the first wake-up' });
    for (let again = 0; again < 5; again += 1) await producer.wakeLoader(0);
    release.shift()?.();
    await eventually(() => wakeUps === 2, { what: 'the second wake-up' });
    release.shift()?.();
    await eventually(
      async () => {
        const { waiting, active } = await producer.loadDepth();
        return waiting + active === 0;
      },
      { what: 'no further wake-up' },
    );
    expect(wakeUps).toBe(2);
    await consumer.close();
    await producer.close();
  });
});
