import type { ListFilters, TimeRange } from '@voxport/domain';
import { splitRange } from '@voxport/domain';
import type { TransactionalExecutor } from '../../executor.ts';
import { startRun } from './runs.ts';
import { insertWindows, type Window } from '../windows/windows.ts';

/**
 * Windows that a backfill of one source lists in parallel: enough to keep the details busy, few enough that their pages
 * do not crowd them out.
 */
export const backfillWindowsMax = 8;

/** The backfill of one source. */
export interface BegunBackfill {
  readonly sourceId: string;
  readonly runId: number;
  readonly windows: readonly Window[];
}

/**
 * Begins a backfill: a run with its windows for each of the sources, in one transaction, so that none is begun and not
 * planned. The windows are to be enqueued (`enqueuePage`); what is not, because the process died or has no queue, the
 * sweep of a fleet enqueues within seconds. Its own `filters` replace those of the same name that a source has.
 */
export async function startBackfill(
  database: TransactionalExecutor,
  backfill: {
    sources: readonly { sourceId: string; filters: ListFilters }[];
    range: TimeRange;
    filters: ListFilters;
  },
): Promise<BegunBackfill[]> {
  const { sources, range, filters } = backfill;
  return database.transaction().execute(async (transaction) => {
    const begun: BegunBackfill[] = [];
    for (const { sourceId, filters: ownFilters } of sources) {
      const runId = await startRun(transaction, { kind: 'backfill', sourceId, range, filters });
      const windows = await insertWindows(transaction, {
        runId,
        sourceId,
        ranges: splitRange(range, backfillWindowsMax),
        filters: { ...ownFilters, ...filters },
        priority: 'backfill',
        origin: 'backfill',
      });
      begun.push({ sourceId, runId, windows });
    }
    return begun;
  });
}
