import { sql, type RawBuilder } from 'kysely';
import type { ListFilters, TimeRange } from '@voxport/domain';
import type { Executor } from '../../executor.ts';
import { endedKeys, forEachCount, type RunEndCounts } from './run-counts.ts';
import type { RunKind } from './runs.ts';
import { aliveForMs } from './workers.ts';

export type RunState = 'running' | 'paused' | 'finished' | 'finished_with_failures' | 'cancelled';

/** A run as it stands. */
export interface RunRow {
  readonly runId: number;
  readonly kind: RunKind;
  readonly state: RunState;
  /** It is running, and nobody works on it: the process that did has ended, and there is no fleet. */
  readonly isInterrupted: boolean;
  /** It waits for a scheduler to plan it. */
  readonly isRequested: boolean;
  readonly sourceId: string;
  /** One, but for old runs: one that ended before version 0.2 may have had several. */
  readonly sourceIds: readonly string[];
  /** Null: what is new since the watermark (a sync), or no range at all (a retry). */
  readonly range: TimeRange | null;
  readonly filters: ListFilters;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly pausedAt: Date | null;
  readonly resumedAt: Date | null;
  /** How long it was paused so far, the present pause included. */
  readonly pausedMs: number;
  /** Set where an operator cancelled it; a sync that a later one took over is cancelled without. */
  readonly cancelledAt: Date | null;
  readonly windows: number;
  readonly windowsOpen: number;
  readonly windowsFailed: number;
  readonly windowsCancelled: number;
  readonly pages: number;
  /** Rows listed so far, repeats included. */
  readonly rowsListed: number;
  /**
   * How much of its ranges is listed, from 0 to 1; null while nobody knows, because a window has no beginning or has
   * not shown its order.
   */
  readonly listedShare: number | null;
  /** Failures that are open and name this run. */
  readonly failuresOpen: number;
  /** The counts it ended with; null while it is under way: see `countRun`. */
  readonly ended: RunEndCounts | null;
}

export interface RunFilter {
  /** Only those that have not ended. */
  readonly isOpen?: boolean;
  readonly kind?: RunKind;
  readonly sourceId?: string;
}

const isOpenRun = sql<boolean>`(state in ('running', 'paused'))`;

interface StoredRun extends Omit<RunRow, 'range' | 'ended'> {
  readonly rangeAfter: Date | null;
  readonly rangeBefore: Date | null;
  readonly ended: RunEndCounts;
}

/** The runs that a filter means, the newest first. */
export async function readRuns(executor: Executor, filter: RunFilter, limit: number): Promise<RunRow[]> {
  return selectRuns(
    executor,
    sql`(${filter.isOpen ?? false} = false or ${isOpenRun})
      and (${filter.kind ?? null}::text is null or kind = ${filter.kind ?? null})
      and (${filter.sourceId ?? null}::text is null or source_id = ${filter.sourceId ?? null})`,
    limit,
  );
}

/** Some of the runs before a number (null: of all), those under way first, then the newest. */
export async function readRunsBefore(executor: Executor, before: number | null, limit: number): Promise<RunRow[]> {
  return selectRuns(executor, sql`${before}::int8 is null or run_id < ${before}`, limit, isOpenRun);
}

/** One run; null when there is none of that number. */
export async function readRun(executor: Executor, runId: number): Promise<RunRow | null> {
  return (await selectRuns(executor, sql`run_id = ${runId}`, 1))[0] ?? null;
}

/** The newest run that is the same backfill, was begun and has not ended; null when there is none. */
export async function openBackfillLike(
  executor: Executor,
  backfill: { sourceId: string; range: TimeRange; filters: ListFilters },
): Promise<RunRow | null> {
  const { after, before } = backfill.range;
  const [same] = await selectRuns(
    executor,
    sql`kind = 'backfill' and ${isOpenRun} and filters = ${JSON.stringify(backfill.filters)}::jsonb
      and source_id = ${backfill.sourceId}
      and range_after is not distinct from ${after?.toISOString() ?? null}::timestamptz and range_before = ${before.toISOString()}::timestamptz`,
    1,
  );
  return same ?? null;
}

/** The newest runs that are meant, but those that are `first` before all others. */
async function selectRuns(
  executor: Executor,
  isMeant: RawBuilder<unknown>,
  limit: number,
  first: RawBuilder<boolean> = sql<boolean>`false`,
): Promise<RunRow[]> {
  const { rows } = await sql<StoredRun>`
    with alive as materialized (
      select source_id, role, run_id from voxport_ops.workers where seen_at > now() - ${aliveForMs} * interval '1 millisecond'
    ), meant as materialized (
      select *, ${first} as is_first from voxport_ops.runs where ${isMeant} order by is_first desc, run_id desc limit ${limit}
    )
    select r.run_id as "runId", r.kind, r.state, r.source_id as "sourceId", r.source_ids as "sourceIds", r.range_after as "rangeAfter", r.range_before as "rangeBefore", r.filters,
           r.started_at as "startedAt", r.finished_at as "finishedAt", r.paused_at as "pausedAt", r.resumed_at as "resumedAt",
           r.cancelled_at as "cancelledAt", r.to_plan is not null as "isRequested",
           (r.paused_ms + coalesce(extract(epoch from now() - r.paused_at) * 1000, 0))::int8 as "pausedMs",
           r.state = 'running'
             -- A process that has just begun has not given its heartbeat yet.
             and greatest(r.started_at, r.resumed_at) < now() - ${aliveForMs} * interval '1 millisecond'
             and not exists (select 1 from alive where alive.role = 'command' and alive.run_id = r.run_id)
             and not exists (select 1 from alive where alive.role = 'fleet' and alive.source_id = r.source_id) as "isInterrupted",
           w.*, (select count(*) from voxport_ops.failures f where f.run_id = r.run_id and f.resolved_at is null) as "failuresOpen",
           json_build_object(${forEachCount(endedKeys, (column, key) => sql`${sql.lit(key)}, coalesce(r.${column}, 0)`)}) as ended
    from meant r, lateral (
      select count(*) as windows, count(*) filter (where state = 'open') as "windowsOpen", count(*) filter (where state = 'failed') as "windowsFailed",
             count(*) filter (where state = 'cancelled') as "windowsCancelled", coalesce(sum(pages), 0)::int8 as pages,
             coalesce(sum(listed), 0)::int8 as "rowsListed",
             case when bool_and(state = 'listed') then 1
                  when bool_or(range_after is null) then null
                  else (sum(case when state = 'listed' then extract(epoch from range_before - range_after)
                                 when coalesce((trail ->> 'isNewestFirst')::bool, false) and trail ->> 'oldestSecs' is not null
                                 then greatest(0, least(extract(epoch from range_before) - (trail ->> 'oldestSecs')::numeric,
                                                        extract(epoch from range_before - range_after)))
                                 else 0 end)
                        / nullif(sum(extract(epoch from range_before - range_after)), 0)) end::float8 as "listedShare"
      from voxport_ops.windows w where w.run_id = r.run_id
    ) w
    order by r.is_first desc, r.run_id desc
  `.execute(executor);
  return rows.map(({ rangeAfter, rangeBefore, ended, finishedAt, ...run }) => ({
    ...run,
    finishedAt,
    range: rangeBefore === null ? null : { after: rangeAfter, before: rangeBefore },
    ended: finishedAt === null ? null : ended,
  }));
}

/** A window of a run, for people. */
export interface RunWindow {
  readonly windowId: number;
  readonly sourceId: string;
  readonly state: string;
  readonly range: TimeRange;
  readonly pages: number;
  readonly listed: number;
  readonly restarts: number;
  readonly updatedAt: Date;
}

/** The windows of a run, the newest call starts first; all of them unless a limit is given. */
export async function windowsOfRun(
  executor: Executor,
  runId: number,
  limit: number | null = null,
): Promise<RunWindow[]> {
  const { rows } = await sql<Omit<RunWindow, 'range'> & { rangeAfter: Date | null; rangeBefore: Date }>`
    select window_id as "windowId", source_id as "sourceId", state, range_after as "rangeAfter", range_before as "rangeBefore", pages, listed,
           restarts, updated_at as "updatedAt"
    from voxport_ops.windows where run_id = ${runId} order by range_before desc, source_id, window_id limit ${limit}
  `.execute(executor);
  return rows.map(({ rangeAfter, rangeBefore, ...window }) => ({
    ...window,
    range: { after: rangeAfter, before: rangeBefore },
  }));
}
