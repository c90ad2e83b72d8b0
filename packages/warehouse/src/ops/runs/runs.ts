import { sql } from 'kysely';
import type { ListFilters, TimeRange } from '@voxport/domain';
import type { Executor } from '../../executor.ts';
import {
  countedKeys,
  countsOfRun,
  dropRunCounts,
  forEachCount,
  noEndCounts,
  setEndCounts,
  type RunEndCounts,
} from './run-counts.ts';
import { aliveForMs } from './workers.ts';

/** Why there is a run: the schedule, an operator's range, a retry of failures, or what a verification found. */
export type RunKind = 'sync' | 'backfill' | 'retry' | 'heal';

/**
 * What a run has done so far. Each conversation is counted once:
 * `listed + rechecked = loaded + unchanged + failed + gone + pending + cancelled`, failed windows aside. Where runs
 * overlap, a conversation is fetched and loaded by the run that wanted its detail first, and unchanged for the others
 * that wait for it. What a run has counted it keeps, whatever becomes of the conversation later. One that the run wants
 * again, because it has changed after another run fetched it, or because a recheck of what was listed as up to date is
 * due, is counted a second time.
 */
export interface RunCounts extends RunEndCounts {
  readonly windows: number;
  readonly windowsOpen: number;
  readonly pages: number;
  /** Wanted or landed, and not loaded yet. */
  readonly pending: number;
  /** Windows that could not be listed; they count in `failed` too. */
  readonly windowsFailed: number;
}

/** Zero of each count of a run. */
export const noRunCounts: RunCounts = {
  ...noEndCounts,
  windows: 0,
  windowsOpen: 0,
  pages: 0,
  pending: 0,
  windowsFailed: 0,
};

/** Starts a run of one source; returns its number. */
export async function startRun(
  executor: Executor,
  run: { kind: RunKind; sourceId: string; range: TimeRange | null; filters: ListFilters },
): Promise<number> {
  const { rows } = await sql<{ runId: string }>`
    insert into voxport_ops.runs (kind, source_id, source_ids, range_after, range_before, filters)
    values (${run.kind}, ${run.sourceId}, array[${run.sourceId}::text], ${run.range?.after?.toISOString() ?? null}, ${run.range?.before.toISOString() ?? null},
            ${JSON.stringify(run.filters)}::jsonb)
    returning run_id as "runId"
  `.execute(executor);
  return Number(rows[0]!.runId);
}

/** A sync or backfill without windows is taken for one that is just being planned, for so long. */
const planningMs = 60_000;

/**
 * Cheap question, asked often: has every window been listed, and has every detail that the run wants come to an end? A
 * recheck that has fallen due again is no run's. A sync or backfill that has no windows yet is being planned, and is
 * not settled, unless `isPlanned` says that it was.
 */
export async function isRunSettled(
  executor: Executor,
  runId: number,
  options: { isPlanned: boolean } = { isPlanned: false },
): Promise<boolean> {
  const { rows } = await sql<{ settled: boolean }>`
    select to_plan is null and not exists (select 1 from voxport_ops.windows where run_id = ${runId} and state = 'open')
       and (select coalesce(sum(pending), 0) from (${countsOfRun(sql`${runId}::int8`)}) counts) = 0
       and (${options.isPlanned} or kind not in ('sync', 'backfill') or state not in ('running', 'paused')
            or (state = 'running' and started_at < now() - ${planningMs} * interval '1 millisecond')
            or exists (select 1 from voxport_ops.windows w where w.run_id = r.run_id)) as settled
    from voxport_ops.runs r where run_id = ${runId}
  `.execute(executor);
  return rows[0]?.settled ?? true;
}

/** Counts a run: reads its windows and what was counted as it went, and nothing of the inventory. */
export async function countRun(executor: Executor, runId: number): Promise<RunCounts> {
  const { rows } = await sql<RunCounts>`
    select w.windows, w.open as "windowsOpen", w.pages, w.failed as "windowsFailed",
           ${forEachCount(countedKeys, (column, key) => (key === 'failed' ? sql`c.failed + w.failed as failed` : sql`c.${column}`))}
    from (
      select count(*) as windows, count(*) filter (where state = 'open') as open, count(*) filter (where state = 'failed') as failed,
             coalesce(sum(pages), 0)::int8 as pages
      from voxport_ops.windows where run_id = ${runId}
    ) w, (
      select ${forEachCount(countedKeys, (column) => sql`coalesce(sum(${column}), 0)::int8 as ${column}`)}
      from (${countsOfRun(sql`${runId}::int8`)}) counts
    ) c
  `.execute(executor);
  return rows[0]!;
}

/**
 * Ends a run that is settled, with its counts; returns them. A run that ended already keeps its counts; one that was
 * paused when it had nothing left to do ends as well. As `cancelled`, where another run has taken over what it left.
 */
export async function finishRun(executor: Executor, runId: number, as?: 'cancelled'): Promise<RunCounts> {
  const counts = await countRun(executor, runId);
  const state = as ?? (counts.failed > 0 ? 'finished_with_failures' : 'finished');
  await sql`
    update voxport_ops.runs
    set state = ${state}, finished_at = now(), windows = ${counts.windows}, pages = ${counts.pages}, ${setEndCounts(counts)}, paused_at = null
    where run_id = ${runId} and state in ('running', 'paused')
  `.execute(executor);
  await dropRunCounts(executor, runId);
  return counts;
}

/** The runs of a source that have not ended, paused ones included, oldest first; of one kind, or of all. */
export async function openRuns(executor: Executor, query: { sourceId: string; kind?: RunKind }): Promise<number[]> {
  const { rows } = await sql<{ runId: number }>`
    select run_id as "runId" from voxport_ops.runs
    where state in ('running', 'paused') and source_id = ${query.sourceId} and (${query.kind ?? null}::text is null or kind = ${query.kind ?? null})
    order by run_id
  `.execute(executor);
  return rows.map((row) => row.runId);
}

/**
 * The oldest sync of a source that is under way and that nobody works on: no fleet and no command has given a heartbeat
 * for some seconds. Who syncs next takes it up. Null where there is none.
 */
export async function syncToTakeUp(executor: Executor, sourceId: string): Promise<number | null> {
  const { rows } = await sql<{ runId: number }>`
    select run_id as "runId" from voxport_ops.runs r
    where state = 'running' and kind = 'sync' and source_id = ${sourceId}
      and not exists (
        select from voxport_ops.workers w
        where w.source_id = r.source_id and (w.role = 'fleet' or w.run_id = r.run_id) and seen_at > now() - ${aliveForMs} * interval '1 millisecond'
      )
    order by run_id limit 1
  `.execute(executor);
  return rows[0]?.runId ?? null;
}

/** The runs of some kinds and sources that are under way, oldest first. */
export async function unfinishedRuns(
  executor: Executor,
  query: { kinds: readonly RunKind[]; sourceIds: readonly string[] },
): Promise<number[]> {
  const { rows } = await sql<{ runId: number }>`
    select run_id as "runId" from voxport_ops.runs
    where state = 'running' and to_plan is null and kind = any(${[...query.kinds]}::text[]) and source_id = any(${[...query.sourceIds]}::text[])
    order by run_id
  `.execute(executor);
  return rows.map((row) => row.runId);
}
