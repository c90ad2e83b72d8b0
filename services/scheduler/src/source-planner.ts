import { loadSlots } from '@voxport/jobs';
import type { ServiceContext, SourceContext } from '@voxport/runtime';
import {
  adoptDueRecordings,
  hasLandedPayloads,
  insertWindows,
  openWindows,
  foldInventoryCounts,
  foldRunCounts,
  divideLateSetUpFailure,
  forgetListedPages,
  pruneHistory,
  removeSupersededPayloads,
  overdueDetails,
  runsJustResumed,
  readSource,
  resolveRetried,
  startSync,
  takeUpRecordings,
  wantDueChecks,
  wantFailuresAgain,
  wantRecordingsOfRun,
  wantStranded,
  wantedOfRun,
  type FailureFilter,
} from '@voxport/warehouse';
import { makeRecordingPlanner, type RecordingPlanner } from './plan-recordings.ts';
import { makeEnqueueRun } from './enqueue-run.ts';
import { makePlanBackfill } from './plan-backfill.ts';
import { makePlanRetry, type RetriedFailures } from './plan-retry.ts';
import { makePlanSync } from './plan-sync.ts';
import { makeRefill, type Refilled } from './refill.ts';
import { repetition } from './repetition.ts';
import { makeSweep } from './sweep.ts';
import { makeTakeUpDueChecks } from './take-up-due-checks.ts';

/**
 * The planning of one source, put together: used by the scheduler service, and by the commands that plan for
 * themselves.
 */
export interface SourcePlanner {
  /**
   * Starts a sync for whatever has not been listed and is not being listed; resolves with its run, or null when there
   * is nothing to list.
   */
  readonly startSync: () => Promise<number | null>;
  /** Plans the same for a run that was begun: everything until now, even what could wait. */
  readonly planSync: (runId: number) => Promise<void>;
  readonly planBackfill: ReturnType<typeof makePlanBackfill>;
  /** Has the failures of the source tried again that a filter means. */
  readonly planRetry: (runId: number, filter: FailureFilter) => Promise<RetriedFailures>;
  readonly takeUpDueChecks: ReturnType<typeof makeTakeUpDueChecks>;
  /**
   * Enqueues what a run has to do at this source: its open windows at their page, and the details that it waits for.
   */
  readonly enqueueRun: (runId: number) => Promise<void>;
  readonly recordings: RecordingPlanner;
  /**
   * The regular pass, a sweep: enqueues what was resumed, what got lost and the recordings whose time has come. The
   * scheduler does it on its schedule, and a command that works until its runs have ended does it for itself.
   */
  readonly tick: () => Promise<void>;
  /** Enqueues everything that Postgres knows to be wanted. */
  readonly refill: () => Promise<Refilled>;
  /** Has the planning repeated at its times, by whatever scheduler runs. */
  readonly schedule: () => Promise<void>;
}

const sweepEveryMs = 5000;
/** A job that is not there after so long got lost: it is enqueued again. */
const lostAfterMs = 60_000;
/**
 * Longer than sweeps are apart, so that two of them meet a run that was resumed: a job that was being dropped at the
 * first is there after the second.
 */
const justResumedMs = 12_000;

export function makeSourcePlanner(
  { database: { kysely } }: ServiceContext,
  { config, producer }: SourceContext,
): SourcePlanner {
  const { sourceId, filters, lookbackSecs, since } = config;
  const refill = makeRefill({
    readSource: () => readSource(kysely, sourceId),
    pauseQueue: producer.pause,
    openWindows: () => openWindows(kysely, sourceId),
    wantedDetails: (after, limit) => overdueDetails(kysely, { sourceId, wantedForMs: 0, after, limit }),
    hasLandedPayloads: () => hasLandedPayloads(kysely, sourceId),
    enqueuePage: producer.enqueuePage,
    enqueueConversations: producer.enqueueConversations,
    wakeLoader: producer.wakeLoader,
    loadSlots,
    noteFilled: producer.noteFilled,
  });
  const enqueueRun = makeEnqueueRun({
    openWindows: (runId) => openWindows(kysely, sourceId, runId),
    wantedOfRun: (runId, after, limit) => wantedOfRun(kysely, { sourceId, runId, after, limit }),
    enqueuePage: producer.enqueuePage,
    enqueueConversations: producer.enqueueConversations,
  });
  const planSync = makePlanSync({
    startSync: (runId) => startSync(kysely, { sourceId, filters, since, lookbackSecs }, runId),
    enqueuePage: producer.enqueuePage,
  });
  const recordings = makeRecordingPlanner({
    isOn: config.audio !== null,
    fetchDepth: producer.fetchDepth,
    wantOfRun: (runId, again) => wantRecordingsOfRun(kysely, { sourceId, runId, again }),
    adoptDue: (runId) => adoptDueRecordings(kysely, { sourceId, runId }),
    takeUp: (waitingMax, queuedForMs) => takeUpRecordings(kysely, { sourceId, waitingMax, queuedForMs }),
    enqueueRecordings: producer.enqueueRecordings,
  });
  const sweep = makeSweep({
    isFilled: producer.isFilled,
    refill,
    wantStranded: (fetchedForMs, limit) => wantStranded(kysely, { sourceId, fetchedForMs, limit }),
    promoteMisdated: producer.promoteMisdated,
    fetchDepth: producer.fetchDepth,
    loadDepth: producer.loadDepth,
    overdueDetails: (wantedForMs, after, limit) => overdueDetails(kysely, { sourceId, wantedForMs, after, limit }),
    foldCounts: async () => {
      await foldRunCounts(kysely, sourceId);
      await foldInventoryCounts(kysely, sourceId);
    },
    forgetHistory: async () => {
      await forgetListedPages(kysely, sourceId);
      await divideLateSetUpFailure(kysely, sourceId);
      await pruneHistory(kysely, { sourceId, ages: config.keep });
      const { rawHistory, keep } = config;
      await removeSupersededPayloads(kysely, { sourceId, rawHistory, ageSecs: keep.rawHistorySecs });
    },
    openWindows: () => openWindows(kysely, sourceId),
    hasLandedPayloads: () => hasLandedPayloads(kysely, sourceId),
    enqueuePage: producer.enqueuePage,
    enqueueConversations: producer.enqueueConversations,
    wakeLoader: producer.wakeLoader,
    loadSlots,
  });
  /** The jobs of a run that was resumed a moment ago were dropped while it was paused. */
  async function enqueueJustResumed(): Promise<void> {
    for (const runId of await runsJustResumed(kysely, { sourceId, withinMs: justResumedMs })) await enqueueRun(runId);
  }

  return {
    enqueueRun,
    startSync: () => planSync(null),
    planSync: async (runId) => void (await planSync(runId)),
    planBackfill: makePlanBackfill({
      insertWindows: (runId, ranges, extraFilters) =>
        insertWindows(kysely, {
          runId,
          sourceId,
          ranges,
          filters: { ...filters, ...extraFilters },
          priority: 'backfill',
          origin: 'backfill',
        }),
      enqueuePage: producer.enqueuePage,
    }),
    planRetry: (retryRunId, filter) =>
      makePlanRetry({
        wantFailuresAgain: (runId, afterId, limit) =>
          wantFailuresAgain(kysely, { filter, sourceId, runId, afterId, limit }),
        enqueuePage: producer.enqueuePage,
        enqueueConversations: producer.enqueueConversations,
        wakeLoader: producer.wakeLoader,
        loadSlots,
        resolveRetried: (failures) => resolveRetried(kysely, failures),
      })(retryRunId),
    takeUpDueChecks: makeTakeUpDueChecks({
      wantDueChecks: (runId, waitingMax) => wantDueChecks(kysely, { sourceId, runId, waitingMax }),
      enqueueConversations: producer.enqueueConversations,
    }),
    recordings,
    refill,
    schedule: () =>
      producer.schedulePlanning({
        sync: config.mode === 'webhook' ? null : repetition(config.schedule),
        sweep: { every: sweepEveryMs },
        verify: config.verify === null ? null : { every: config.verify.everySecs * 1000 },
      }),
    async tick() {
      await enqueueJustResumed();
      await sweep({ wantedForMs: lostAfterMs });
      await recordings.takeUp();
    },
  };
}
