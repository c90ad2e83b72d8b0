import type { Logger } from '@voxport/runtime';
import type { SourceStore } from '@voxport/warehouse';
import type { SourcePlanner } from './source-planner.ts';

export interface PlanRequestedDependencies extends Pick<SourceStore, 'planRequestedRun'> {
  readonly planner: Pick<SourcePlanner, 'planBackfill' | 'planRetry'>;
  readonly logger: Logger;
}

/** Makes the planning of what operators have asked for on the page, one run after the other, until none is left. */
export function makePlanRequested({ planRequestedRun, planner, logger }: PlanRequestedDependencies) {
  return async function planRequested(): Promise<void> {
    for (;;) {
      const runId = await planRequestedRun(async (requestedId, request) => {
        if (request.kind === 'backfill') await planner.planBackfill(requestedId, request.range, request.filters);
        else await planner.planRetry(requestedId, request.failures);
      });
      if (runId === null) return;
      logger.info({ runId }, 'a run that an operator asked for is planned');
    }
  };
}
