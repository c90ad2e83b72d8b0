import type { Producer } from '@voxport/jobs';
import type { StartedSync } from '@voxport/warehouse';

export interface PlanSyncDependencies extends Pick<Producer, 'enqueuePage'> {
  /**
   * Plans what is not listed, in one transaction; for a new run unless one is given. Null when there is nothing to
   * list.
   */
  readonly startSync: (runId: number | null) => Promise<StartedSync | null>;
}

/**
 * Makes the planning of one source's sync: windows for what is neither listed nor being listed, and for the lookback.
 * The run that it plans for is the given one, or a new one, which is not begun when there is nothing to list; resolves
 * with its number. Nothing holds it up but listing.
 */
export function makePlanSync({ startSync, enqueuePage }: PlanSyncDependencies) {
  return async function planSync(givenRunId: number | null): Promise<number | null> {
    const sync = await startSync(givenRunId);
    if (sync === null) return null;
    for (const { windowId, nextPage, priority } of sync.windows) {
      await enqueuePage({ windowId, page: nextPage, runId: sync.runId }, priority);
    }
    return sync.runId;
  };
}
