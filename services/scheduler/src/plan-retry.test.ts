import type { FailureFilter, WantedFailures } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { makePlanRetry, type PlanRetryDependencies } from './plan-retry.ts';

const everyFailure: FailureFilter = {
  sourceId: null,
  stage: null,
  errorClass: null,
  since: null,
  until: null,
  ids: null,
};

const batch: WantedFailures = {
  failures: [
    { failureId: 1, attempts: 1 },
    { failureId: 2, attempts: 8 },
  ],
  wanted: [{ conversationId: 'c1', generation: 2, priority: 'refresh', runId: 7 }],
  windows: [],
  payloads: 1,
  lastFailureId: 2,
};

/** A retry of two batches, with what it did in order. */
function planRetryOf(changes: Partial<PlanRetryDependencies>) {
  const done: string[] = [];
  const planRetry = makePlanRetry({
    wantFailuresAgain: async ({ afterId }) => {
      done.push(`want after ${afterId}`);
      return afterId < 4 ? { ...batch, lastFailureId: afterId + 2 } : null;
    },
    enqueuePage: async () => void done.push('page'),
    enqueueConversations: async () => void done.push('conversations'),
    wakeLoaders: async () => void done.push('wake loaders'),
    resolveRetried: async ({ length }) => {
      done.push('resolve');
      return length;
    },
    ...changes,
  });
  return { planRetry, done };
}

test('each batch is wanted, then enqueued, and only then closed', async () => {
  const { planRetry, done } = planRetryOf({});
  expect(await planRetry(7, everyFailure)).toEqual({
    retried: 4,
    failedAgain: 0,
    conversations: 2,
    windows: 0,
    payloads: 2,
  });
  const one = ['conversations', 'wake loaders', 'resolve'];
  expect(done).toEqual(['want after 0', ...one, 'want after 2', ...one, 'want after 4']);
});

test('nothing is closed when the queue does not take it', async () => {
  const { planRetry, done } = planRetryOf({
    enqueueConversations: () => Promise.reject(new Error('the store is away')),
  });
  await expect(planRetry(7, everyFailure)).rejects.toThrow('the store is away');
  expect(done).toEqual(['want after 0']);
});

test('what failed again before it could be closed is told apart', async () => {
  const { planRetry } = planRetryOf({ resolveRetried: async ({ length }) => length - 1 });
  expect(await planRetry(7, everyFailure)).toMatchObject({ retried: 2, failedAgain: 2 });
});
