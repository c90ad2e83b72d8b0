import { sql } from 'kysely';
import type { ListFilters } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { readRun } from '../ops/read-runs.ts';
import { countRun, type RunCounts } from '../ops/runs.ts';

/** A run as the operators' page shows it. */
export interface ListedRun {
  readonly runId: number;
  readonly kind: string;
  readonly state: string;
  readonly sourceIds: readonly string[];
  readonly rangeAfter: Date | null;
  readonly rangeBefore: Date | null;
  readonly filters: ListFilters;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** It waits for a scheduler to plan it. */
  readonly isRequested: boolean;
  /** Counted now where it is under way, as it ended where it has ended. */
  readonly counts: Pick<RunCounts, 'windows' | 'listed' | 'loaded' | 'unchanged' | 'failed' | 'gone' | 'rechecked'>;
  readonly windowsOpen: number;
  readonly pending: number;
  /** How much of its ranges is listed, from 0 to 1; null while nobody knows, and for a run that has ended. */
  readonly listedShare: number | null;
  /** How long it was paused so far. */
  readonly pausedMs: number;
  /** It is running, and nobody works on it. */
  readonly isInterrupted: boolean;
}

type Progress = 'counts' | 'windowsOpen' | 'pending' | 'listedShare' | 'pausedMs' | 'isInterrupted';

interface RunRow extends Omit<ListedRun, Progress> {
  readonly counts: Readonly<Record<keyof ListedRun['counts'], number | null>>;
}

/** Runs under way that are counted at most: each count walks over the inventory of its sources. */
const countedMax = 8;

/** The runs, those under way first, then the newest; at most `limit` of one page, before run `before` where that is given. */
export async function listRuns(
  executor: Executor,
  query: { limit: number; before: number | null; runId?: number },
): Promise<ListedRun[]> {
  const { rows } = await sql<RunRow>`
    select run_id as "runId", kind, state, source_ids as "sourceIds", range_after as "rangeAfter", range_before as "rangeBefore", filters,
           started_at as "startedAt", finished_at as "finishedAt", to_plan is not null as "isRequested",
           json_build_object('windows', windows, 'listed', listed, 'loaded', loaded, 'unchanged', unchanged, 'failed', failed, 'gone', gone,
                             'rechecked', rechecked) as counts
    from voxport_ops.runs
    where (${query.before}::int8 is null or run_id < ${query.before}) and (${query.runId ?? null}::int8 is null or run_id = ${query.runId ?? null})
    order by (state in ('running', 'paused')) desc, run_id desc limit ${query.limit}
  `.execute(executor);
  const runs: ListedRun[] = [];
  let counted = 0;
  for (const row of rows) {
    const isOpen = row.finishedAt === null && counted < countedMax;
    if (isOpen) counted += 1;
    const counts = isOpen ? await countRun(executor, row.runId) : null;
    const standing = isOpen ? await readRun(executor, row.runId) : null;
    const kept = row.counts;
    runs.push({
      ...row,
      counts: counts ?? {
        windows: kept.windows ?? 0,
        listed: kept.listed ?? 0,
        loaded: kept.loaded ?? 0,
        unchanged: kept.unchanged ?? 0,
        failed: kept.failed ?? 0,
        gone: kept.gone ?? 0,
        rechecked: kept.rechecked ?? 0,
      },
      windowsOpen: counts?.windowsOpen ?? 0,
      pending: counts?.pending ?? 0,
      listedShare: standing?.listedShare ?? null,
      pausedMs: standing?.pausedMs ?? 0,
      isInterrupted: standing?.isInterrupted ?? false,
    });
  }
  return runs;
}

/** A window of a run. */
export interface ListedWindow {
  readonly windowId: number;
  readonly sourceId: string;
  readonly rangeAfter: Date | null;
  readonly rangeBefore: Date;
  readonly state: string;
  readonly pages: number;
  readonly listed: number;
  readonly restarts: number;
  readonly updatedAt: Date;
}

/** The windows of a run, newest calls first. */
export async function listWindows(executor: Executor, runId: number, limit: number): Promise<ListedWindow[]> {
  const { rows } = await sql<ListedWindow>`
    select window_id as "windowId", source_id as "sourceId", range_after as "rangeAfter", range_before as "rangeBefore", state, pages, listed,
           restarts, updated_at as "updatedAt"
    from voxport_ops.windows where run_id = ${runId} order by range_before desc, window_id limit ${limit}
  `.execute(executor);
  return rows;
}
