import { loadLanes } from '@voxport/jobs';
import type { ServiceContext, SourceContext } from '@voxport/runtime';
import {
  adoptListScope,
  adoptOpenSyncWindows,
  hasLandedPayloads,
  insertWindows,
  openWindows,
  overdueDetails,
  readSource,
  resolveRetried,
  supersedeFailedWindows,
  wantDueChecks,
  wantFailuresAgain,
  type FailureFilter,
} from '@voxport/warehouse';
import { makePlanBackfill } from './plan-backfill.ts';
import { makePlanRetry, type RetriedFailures } from './plan-retry.ts';
import { makePlanSync } from './plan-sync.ts';
import { makeSweep } from './sweep.ts';
import { makeTakeUpDueChecks } from './take-up-due-checks.ts';

/** The planning of one source, put together: used by the scheduler service, and by the commands that plan for themselves. */
export interface SourcePlanner {
  readonly planSync: ReturnType<typeof makePlanSync>;
  readonly planBackfill: ReturnType<typeof makePlanBackfill>;
  /** Has the failures of the source tried again that a filter means. */
  readonly planRetry: (runId: number, filter: FailureFilter) => Promise<RetriedFailures>;
  readonly takeUpDueChecks: ReturnType<typeof makeTakeUpDueChecks>;
  readonly sweep: ReturnType<typeof makeSweep>;
}

export function makeSourcePlanner(
  { database: { kysely } }: ServiceContext,
  { config, producer }: SourceContext,
): SourcePlanner {
  const { sourceId, filters, lookbackSecs, since } = config;
  return {
    planSync: makePlanSync({
      lookbackSecs,
      since,
      now: () => new Date(),
      adoptListScope: () => adoptListScope(kysely, { sourceId, filters, since }),
      readSource: () => readSource(kysely, sourceId),
      adoptOpenSyncWindows: (runId) => adoptOpenSyncWindows(kysely, { sourceId, runId }),
      supersedeFailedWindows: () => supersedeFailedWindows(kysely, sourceId),
      insertWindows: (runId, ranges) =>
        insertWindows(kysely, { runId, sourceId, ranges, filters, lane: 'live', origin: 'poll', movesWatermark: true }),
      enqueuePage: producer.enqueuePage,
    }),
    planBackfill: makePlanBackfill({
      insertWindows: (runId, ranges, extraFilters) =>
        insertWindows(kysely, {
          runId,
          sourceId,
          ranges,
          filters: { ...filters, ...extraFilters },
          lane: 'backfill',
          origin: 'backfill',
          movesWatermark: false,
        }),
      enqueuePage: producer.enqueuePage,
    }),
    planRetry: (retryRunId, filter) =>
      makePlanRetry({
        wantFailuresAgain: (runId, afterId, limit) =>
          wantFailuresAgain(kysely, { filter, sourceId, runId, afterId, limit }),
        enqueuePage: producer.enqueuePage,
        enqueueConversations: producer.enqueueConversations,
        ringLoader: producer.ringLoader,
        loadLanes,
        resolveRetried: (failures) => resolveRetried(kysely, failures),
      })(retryRunId),
    takeUpDueChecks: makeTakeUpDueChecks({
      wantDueChecks: (runId, waitingMax) => wantDueChecks(kysely, { sourceId, runId, waitingMax }),
      enqueueConversations: producer.enqueueConversations,
    }),
    sweep: makeSweep({
      fetchDepth: producer.fetchDepth,
      loadDepth: producer.loadDepth,
      overdueDetails: (wantedForMs, after, limit) => overdueDetails(kysely, { sourceId, wantedForMs, after, limit }),
      openWindows: () => openWindows(kysely, sourceId),
      hasLandedPayloads: () => hasLandedPayloads(kysely, sourceId),
      enqueuePage: producer.enqueuePage,
      enqueueConversations: producer.enqueueConversations,
      ringLoader: producer.ringLoader,
      loadLanes,
    }),
  };
}
