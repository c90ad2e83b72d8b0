import type { ListFilters, TimeRange } from '@voxport/domain';
import { splitRange } from '@voxport/domain';
import type { TransactionalExecutor } from '../../executor.ts';
import { startRun } from './runs.ts';
import { insertWindows, type Window } from '../windows/windows.ts';

/** Windows that a backfill of one source lists in parallel: enough to keep the details busy, few enough that their pages do not crowd them out. */
export const backfillWindowsMax = 8;

/**
 * Begins a backfill: the run and the windows of all its sources, in one transaction, so that none is begun and not planned. The windows are to be enqueued
 * (`enqueuePage`); what is not, because the process died or has no queue, the sweep of a fleet enqueues within seconds.
 * Its own `filters` replace those of the same name that a source has.
 */
export async function startBackfill(
  database: TransactionalExecutor,
  backfill: {
    sources: readonly { sourceId: string; filters: ListFilters }[];
    range: TimeRange;
    filters: ListFilters;
  },
): Promise<{ runId: number; windows: readonly Window[] }> {
  const { sources, range, filters } = backfill;
  return database.transaction().execute(async (transaction) => {
    const sourceIds = sources.map(({ sourceId }) => sourceId);
    const runId = await startRun(transaction, { kind: 'backfill', sourceIds, range, filters });
    const windows: Window[] = [];
    for (const source of sources) {
      const planned = await insertWindows(transaction, {
        runId,
        sourceId: source.sourceId,
        ranges: splitRange(range, backfillWindowsMax),
        filters: { ...source.filters, ...filters },
        lane: 'backfill',
        origin: 'backfill',
        movesWatermark: false,
      });
      windows.push(...planned);
    }
    return { runId, windows };
  });
}
