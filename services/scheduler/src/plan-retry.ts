import { enqueuedMax, type Producer } from '@voxport/jobs';
import type { FailureFilter, SourceStore } from '@voxport/warehouse';

/** Failures wanted again in one transaction. */
const batchSizeMax = 500;

/** What a retry of failures has set going. */
export interface RetriedFailures {
  /** Failures closed as retried, or recovered already. */
  readonly retried: number;
  /** Failures that failed again before they could be closed: they stay open. */
  readonly failedAgain: number;
  readonly conversations: number;
  readonly windows: number;
  readonly payloads: number;
}

export interface PlanRetryDependencies
  extends
    Pick<SourceStore, 'wantFailuresAgain' | 'resolveRetried'>,
    Pick<Producer, 'enqueuePage' | 'enqueueConversations' | 'wakeLoaders'> {}

/**
 * Makes the retry of those of one source's failures that a filter means: wanted again in Postgres, then enqueued, and
 * only then closed as retried. A process that dies in between leaves them open while the sweep carries the retry out:
 * they end as recovered, or fail again.
 */
export function makePlanRetry(dependencies: PlanRetryDependencies) {
  const { wantFailuresAgain, enqueuePage, enqueueConversations, wakeLoaders, resolveRetried } = dependencies;

  return async function planRetry(runId: number, filter: FailureFilter): Promise<RetriedFailures> {
    const done = { retried: 0, failedAgain: 0, conversations: 0, windows: 0, payloads: 0 };
    for (let afterId = 0; ;) {
      const batch = await wantFailuresAgain({ filter, runId, afterId, limit: batchSizeMax });
      if (batch === null) return done;
      for (const { windowId, nextPage, priority } of batch.windows) {
        await enqueuePage({ windowId, page: nextPage, runId }, priority);
      }
      // The others are the sweep's: they are wanted, and follow as the queue empties.
      if (done.conversations < enqueuedMax) await enqueueConversations(batch.wanted);
      if (batch.payloads > 0) await wakeLoaders();
      const resolved = await resolveRetried(batch.failures);
      done.retried += resolved;
      done.failedAgain += batch.failures.length - resolved;
      done.conversations += batch.wanted.length;
      done.windows += batch.windows.length;
      done.payloads += batch.payloads;
      afterId = batch.lastFailureId;
    }
  };
}
