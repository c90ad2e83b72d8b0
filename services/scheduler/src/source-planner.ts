import { loadLanes } from '@voxport/jobs';
import type { ServiceContext, SourceContext } from '@voxport/runtime';
import {
  adoptOpenSyncWindows,
  hasLandedPayloads,
  insertWindows,
  openWindows,
  overdueDetails,
  readSource,
  supersedeFailedWindows,
  wantDueChecks,
} from '@voxport/warehouse';
import { makePlanBackfill } from './plan-backfill.ts';
import { makePlanSync } from './plan-sync.ts';
import { makeSweep } from './sweep.ts';

/** The planning of one source, put together: used by the scheduler service, and by the commands that plan for themselves. */
export interface SourcePlanner {
  readonly planSync: ReturnType<typeof makePlanSync>;
  readonly planBackfill: ReturnType<typeof makePlanBackfill>;
  readonly sweep: ReturnType<typeof makeSweep>;
}

export function makeSourcePlanner(
  { database: { kysely } }: ServiceContext,
  { config, producer }: SourceContext,
): SourcePlanner {
  const { sourceId, filters, lookbackSecs, since } = config;
  return {
    planSync: makePlanSync({
      sourceId,
      filters,
      lookbackSecs,
      since,
      now: () => new Date(),
      readSource: () => readSource(kysely, sourceId),
      adoptOpenSyncWindows: (runId) => adoptOpenSyncWindows(kysely, { sourceId, runId }),
      supersedeFailedWindows: () => supersedeFailedWindows(kysely, sourceId),
      insertWindows: (runId, ranges) =>
        insertWindows(kysely, { runId, sourceId, ranges, filters, lane: 'live', origin: 'poll', movesWatermark: true }),
      wantDueChecks: (runId, limit) => wantDueChecks(kysely, { sourceId, runId, limit }),
      enqueuePage: producer.enqueuePage,
      enqueueConversations: producer.enqueueConversations,
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
