import { TransientFailure } from '@voxport/domain';
import { eventually } from '@voxport/testkit';
import { afterEach, expect, test, vi } from 'vitest';
import { describeOnBothStores } from '../test/stores.ts';
import { consume } from './consume.ts';
import { openProducer } from './producer.ts';

const sourceId = 'support';
const dayMs = 86_400_000;
const notHere = async (): Promise<void> => {};

afterEach(() => {
  vi.useRealTimers();
});

/** Only the wall clock is wrong: timers and sockets continue. */
function setClockAhead(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + dayMs, shouldAdvanceTime: true });
}

describeOnBothStores('after a process whose clock was a day ahead', (openStore) => {
  test('a job that it delayed is let go, others are left alone', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    const attempts: string[] = [];
    const start = async () =>
      consume(store.engine, {
        sourceId,
        kind: 'fetch',
        concurrency: 1,
        handlers: {
          'list-page': notHere,
          'fetch-recording': notHere,
          'fetch-conversation': async ({ conversationId }) => {
            attempts.push(conversationId);
            if (attempts.length === 1) throw new TransientFailure('server_error', 'oops', { retryAfterMs: 300 });
          },
        },
        onFailure: notHere,
        onError: () => {},
      });
    setClockAhead();
    const ahead = await start();
    await producer.enqueueConversations([{ conversationId: 'late', generation: 1, priority: 'live', runId: 1 }]);
    await eventually(async () => attempts.length === 1 && (await producer.fetchDepth()).delayed === 1, {
      what: 'the job to be delayed',
    });
    await ahead.close();
    vi.useRealTimers();

    await producer.enqueuePage({ windowId: 1, page: 0, runId: 1 }, 'live', 60_000);
    expect(await producer.promoteMisdated()).toBe(1);
    expect(await producer.fetchDepth()).toMatchObject({ waiting: 1, delayed: 1 });
    const consumer = await start();
    await eventually(() => attempts.length === 2, { what: 'the job to be done' });
    expect(attempts).toEqual(['late', 'late']);
    expect(await producer.promoteMisdated()).toBe(0);
    await consumer.close();
    await producer.close();
  });

  test('schedules that it made are dropped, and made again they are due in time', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    const swept: number[] = [];
    const schedules = { sync: { every: 3_600_000 }, sweep: { every: 200 }, verify: null };
    const start = async () =>
      consume(store.engine, {
        sourceId,
        kind: 'plan',
        concurrency: 1,
        handlers: {
          'plan-requested': notHere,
          'sync-source': notHere,
          'verify-source': notHere,
          'sweep-source': async () => void swept.push(performance.now()),
        },
        onFailure: notHere,
        onError: () => {},
      });
    setClockAhead();
    const ahead = await start();
    await producer.schedulePlanning(schedules);
    await eventually(() => swept.length > 1, { what: 'the sweeps of the process that is ahead' });
    expect(await producer.dropMisdatedSchedules()).toBe(false);
    await ahead.close();
    vi.useRealTimers();

    expect(await producer.dropMisdatedSchedules()).toBe(true);
    await producer.schedulePlanning(schedules);
    expect(await producer.dropMisdatedSchedules()).toBe(false);
    const before = swept.length;
    const consumer = await start();
    await eventually(() => swept.length > before + 1, { what: 'sweeps by the right clock' });
    await consumer.close();
    await producer.close();
  });
});

describeOnBothStores('a clock that is set back and set right again', (openStore) => {
  test('does not leave a consumer asleep until the time that was computed meanwhile', async () => {
    await using store = await openStore();
    const producer = await openProducer(store.engine, sourceId, () => {});
    await producer.enqueuePage({ windowId: 1, page: 0, runId: 1 }, 'live', 3000);
    const dueMs = performance.now() + 3000;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - dayMs, shouldAdvanceTime: true });
    let doneMs = 0;
    const consumer = await consume(store.engine, {
      sourceId,
      kind: 'fetch',
      concurrency: 1,
      handlers: {
        'list-page': async () => void (doneMs = performance.now()),
        'fetch-recording': notHere,
        'fetch-conversation': notHere,
      },
      onFailure: notHere,
      onError: () => {},
    });
    // It has looked, and waits for a job that is due in a day.
    await eventually(() => performance.now() > dueMs - 1500, { what: 'the consumer to wait' });
    vi.useRealTimers();
    await eventually(() => doneMs > 0, { what: 'the job to be done' });
    expect(doneMs).toBeGreaterThan(dueMs - 100);
    await consumer.close();
    await producer.close();
  });
});
