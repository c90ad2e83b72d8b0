import { defaultRetryPolicy, type Priority, type WantedDetail } from '@voxport/domain';
import {
  fetchConversationJobId,
  fetchRecordingJobId,
  listPageJobId,
  pagePriorityOf,
  priorityOf,
  queueName,
  recordingPriorityOf,
  type JobPayloads,
  type QueueKind,
} from './catalog.ts';
import type { Engine } from './engine.ts';
import { dropMisdatedSchedules, promoteMisdated } from './misdated.ts';
import { depthOf, hasJobToTake, readQueue, type QueueDepth, type QueueState } from './read-queue.ts';
import { removeJobs } from './remove-jobs.ts';
import { openQueue } from './open-queue.ts';

/** How many loads of a source run at once: as many wake-up jobs. */
export const loadSlots = 2;

/** Bulk calls stay below the size at which Postgres's lock table is in danger. */
const bulkSizeMax = 1000;

/** A detail request for a conversation's recording, as the table of recordings holds it. */
export interface WantedRecordingJob {
  readonly conversationId: string;
  readonly generation: number;
  readonly priority: Priority;
}

/** A conversation of which jobs may wait. */
export interface EnqueuedConversation {
  readonly conversationId: string;
  readonly generation: number;
  readonly recordingGeneration: number;
}

/** When something is repeated: every so many milliseconds, or by a cron pattern in a time zone. */
export type Repetition = { readonly every: number } | { readonly pattern: string; readonly tz?: string };

/** When the planning of a source is done. */
export interface Schedules {
  readonly sync: Repetition | null;
  readonly sweep: Repetition;
  readonly verify: Repetition | null;
}

/**
 * The mark of a filled store: a limit on the load queue that is far above its slots, and so none. It lives and dies
 * with the queue's own data on both stores; a key of our own would need a second client.
 */
const filledMark = 1000;

/**
 * Everything that can be enqueued for one source. Each call is idempotent by job id, and resolves when the store has
 * the jobs.
 */
export interface Producer {
  readonly enqueuePage: (page: JobPayloads['list-page'], priority: Priority, delayMs?: number) => Promise<void>;
  readonly enqueueConversations: (wanted: readonly WantedDetail[]) => Promise<void>;
  readonly enqueueRecordings: (wanted: readonly WantedRecordingJob[]) => Promise<void>;
  /**
   * Removes the jobs that refer to conversations, of the given generations of their detail requests and all earlier
   * ones, and the events that name them. A job that is running cannot be removed: its end is waited for, half a minute
   * at most. Returns how many were removed.
   */
  readonly removeConversations: (
    conversations: readonly EnqueuedConversation[],
    signal: AbortSignal,
  ) => Promise<number>;
  /** Wakes one loading slot; while that slot is busy, it is woken once more when it ends. */
  readonly wakeLoader: (slot: number) => Promise<void>;
  /** Wakes every loading slot: for what was left waiting, whoever lands nothing more. */
  readonly wakeLoaders: () => Promise<void>;
  /**
   * Has a scheduler plan what operators have asked for; while one is at it, it looks once more when it ends. The sweep
   * looks too.
   */
  readonly requestPlanning: () => Promise<void>;
  /**
   * Starts syncs, sweeps and verifications of the source at their times, each once for the whole fleet; none of those
   * that are null.
   */
  readonly schedulePlanning: (schedules: Schedules) => Promise<void>;
  /**
   * False when the store has lost everything since `noteFilled` was last called (flushed, evicted, recreated), or when
   * it never was.
   */
  readonly isFilled: () => Promise<boolean>;
  /** Leaves a mark in the store: every job that Postgres knows to be wanted is there. */
  readonly noteFilled: () => Promise<void>;
  /**
   * Takes away the limit of jobs in hand that 0.1 left on the queue: it would hold once the source allows more. Goes
   * with the next release.
   */
  readonly dropJobLimit: () => Promise<void>;
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  readonly isPaused: () => Promise<boolean>;
  /** Lets jobs go that a process with a fast clock has delayed until a time that is not to come; returns how many. */
  readonly promoteMisdated: () => Promise<number>;
  /**
   * Removes the schedules where a process with a fast clock has set them off until then; true when they must be made
   * again.
   */
  readonly dropMisdatedSchedules: () => Promise<boolean>;
  readonly fetchDepth: () => Promise<QueueDepth>;
  readonly loadDepth: () => Promise<QueueDepth>;
  readonly planDepth: () => Promise<QueueDepth>;
  /** How a queue stands, for whoever watches it. */
  readonly readQueue: (kind: QueueKind) => Promise<QueueState>;
  /** Whether a job waits that a consumer could take up now. */
  readonly hasJobToTake: (kind: QueueKind) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Opens the queues of a source for enqueuing. */
export async function openProducer(
  engine: Engine,
  sourceId: string,
  onError: (error: Error) => void,
): Promise<Producer> {
  const [fetchQueue, loadQueue, planQueue] = await Promise.all([
    openQueue(engine, sourceId, 'fetch', onError),
    openQueue(engine, sourceId, 'load', onError),
    openQueue(engine, sourceId, 'plan', onError),
  ]);
  const attempts = defaultRetryPolicy.attemptsMax;
  const backoff = { type: 'decided' };
  // Each page begins a trace, and each loading: as children of what enqueues them a whole backfill would be one trace.
  const ownTrace = engine.telemetry === null ? {} : { telemetry: { omitContext: true } };

  async function wakeLoader(slot: number): Promise<void> {
    await loadQueue.add(
      'load-landed',
      { slot },
      { deduplication: { id: `slot-${slot}`, keepLastIfActive: true }, attempts, backoff, ...ownTrace },
    );
  }

  return {
    async enqueuePage(page, priority, delayMs = 0) {
      const jobId = listPageJobId(page.windowId, page.page);
      await fetchQueue.add('list-page', page, {
        jobId,
        priority: pagePriorityOf[priority],
        delay: delayMs,
        attempts,
        backoff,
        ...ownTrace,
      });
    },

    async enqueueConversations(wanted) {
      // In order of the ids: bulk calls with overlapping ids in different order deadlock on Postgres.
      const jobs = wanted
        .map(({ conversationId, generation, priority, runId, isRepeat = false }) => ({
          name: 'fetch-conversation' as const,
          data: { conversationId, generation, runId, ...(isRepeat ? { isRepeat } : {}) },
          opts: {
            jobId: fetchConversationJobId(conversationId, generation),
            priority: priorityOf[priority],
            attempts,
            backoff,
          },
        }))
        .toSorted((a, b) => (a.opts.jobId < b.opts.jobId ? -1 : 1));
      for (let start = 0; start < jobs.length; start += bulkSizeMax) {
        await fetchQueue.addBulk(jobs.slice(start, start + bulkSizeMax));
      }
    },

    async enqueueRecordings(wanted) {
      const jobs = wanted
        .map(({ conversationId, generation, priority }) => ({
          name: 'fetch-recording' as const,
          data: { conversationId, generation },
          opts: {
            jobId: fetchRecordingJobId(conversationId, generation),
            priority: recordingPriorityOf[priority],
            attempts,
            backoff,
          },
        }))
        .toSorted((a, b) => (a.opts.jobId < b.opts.jobId ? -1 : 1));
      for (let start = 0; start < jobs.length; start += bulkSizeMax) {
        await fetchQueue.addBulk(jobs.slice(start, start + bulkSizeMax));
      }
    },

    async removeConversations(conversations, signal) {
      const removed = await removeJobs(fetchQueue, jobIdsOf(conversations), signal);
      await engine.forgetEvents(queueName(sourceId, 'fetch'));
      return removed;
    },

    wakeLoader,

    async wakeLoaders() {
      for (let slot = 0; slot < loadSlots; slot += 1) await wakeLoader(slot);
    },

    async requestPlanning() {
      await planQueue.add(
        'plan-requested',
        {},
        { deduplication: { id: 'plan-requested', keepLastIfActive: true }, attempts, backoff },
      );
    },

    async schedulePlanning({ sync, sweep, verify }) {
      if (sync === null) await planQueue.removeJobScheduler('sync-source');
      else await planQueue.upsertJobScheduler('sync-source', sync, { name: 'sync-source', data: {} });
      await planQueue.upsertJobScheduler('sweep-source', sweep, { name: 'sweep-source', data: {} });
      if (verify === null) await planQueue.removeJobScheduler('verify-source');
      else await planQueue.upsertJobScheduler('verify-source', verify, { name: 'verify-source', data: {} });
    },

    async isFilled() {
      return (await loadQueue.getGlobalConcurrency()) === filledMark;
    },

    async noteFilled() {
      await loadQueue.setGlobalConcurrency(filledMark);
    },

    async dropJobLimit() {
      await fetchQueue.removeGlobalConcurrency();
    },

    pause: () => fetchQueue.pause(),
    resume: () => fetchQueue.resume(),
    isPaused: () => fetchQueue.isPaused(),
    promoteMisdated: async () => (await promoteMisdated(fetchQueue)) + (await promoteMisdated(loadQueue)),
    dropMisdatedSchedules: () => dropMisdatedSchedules(planQueue),
    fetchDepth: () => depthOf(fetchQueue),
    loadDepth: () => depthOf(loadQueue),
    planDepth: () => depthOf(planQueue),
    readQueue: (kind) => readQueue({ fetch: fetchQueue, load: loadQueue, plan: planQueue }[kind]),
    hasJobToTake: (kind) => hasJobToTake({ fetch: fetchQueue, load: loadQueue, plan: planQueue }[kind]),

    async close() {
      await Promise.all([fetchQueue.close(), loadQueue.close(), planQueue.close()]);
    },
  };
}

function jobIdsOf(conversations: readonly EnqueuedConversation[]): string[] {
  return conversations.flatMap(({ conversationId, generation, recordingGeneration }) => [
    ...Array.from({ length: generation }, (_, index) => fetchConversationJobId(conversationId, index + 1)),
    ...Array.from({ length: recordingGeneration }, (_, index) => fetchRecordingJobId(conversationId, index + 1)),
  ]);
}
