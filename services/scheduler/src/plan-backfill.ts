import { splitRange, type ListFilters, type TimeRange } from '@voxport/domain';
import type { Producer } from '@voxport/jobs';
import type { Window } from '@voxport/warehouse';

/**
 * Windows that a backfill lists in parallel: enough to keep the details busy, few enough that their pages do not crowd
 * them out.
 */
const windowsMax = 8;

export interface PlanBackfillDependencies extends Pick<Producer, 'enqueuePage'> {
  readonly insertWindows: (
    runId: number,
    ranges: readonly TimeRange[],
    filters: ListFilters,
  ) => Promise<readonly Window[]>;
}

/** Makes the planning of one source's backfill: the range is split into windows that list in parallel, newest first. */
export function makePlanBackfill({ insertWindows, enqueuePage }: PlanBackfillDependencies) {
  return async function planBackfill(runId: number, range: TimeRange, filters: ListFilters): Promise<void> {
    const windows = await insertWindows(runId, splitRange(range, windowsMax), filters);
    for (const window of windows) {
      await enqueuePage({ windowId: window.windowId, page: window.nextPage, runId }, window.priority);
    }
  };
}
