import { sql } from 'kysely';
import {
  newTrail,
  type Priority,
  type ListFilters,
  type ListingTrail,
  type Origin,
  type TimeRange,
} from '@voxport/domain';
import type { Executor } from '../../executor.ts';

/** A window with its checkpoint. */
export interface Window {
  readonly windowId: number;
  readonly runId: number;
  readonly sourceId: string;
  readonly range: TimeRange;
  readonly filters: ListFilters;
  readonly priority: Priority;
  readonly origin: Origin;
  readonly state: 'open' | 'listed' | 'failed' | 'cancelled';
  readonly cursor: string | null;
  readonly nextPage: number;
  /** How often its listing began again. */
  readonly restarts: number;
  readonly trail: ListingTrail;
}

interface WindowRow extends Omit<Window, 'range' | 'trail'> {
  readonly trail: Partial<ListingTrail>;
  readonly rangeAfter: Date | null;
  readonly rangeBefore: Date;
}

const windowColumns = sql`
  window_id::int8 as "windowId", run_id as "runId", source_id as "sourceId", range_after as "rangeAfter",
  range_before as "rangeBefore", filters, priority, origin, state, cursor, next_page as "nextPage", restarts, trail`;

function toWindow({ rangeAfter, rangeBefore, windowId, runId, trail, ...rest }: WindowRow): Window {
  return {
    ...rest,
    trail: { ...newTrail, ...trail },
    windowId,
    runId,
    range: { after: rangeAfter, before: rangeBefore },
  };
}

/** Plans windows of a run, in the order given. Returns them with their numbers. */
export async function insertWindows(
  executor: Executor,
  plan: {
    runId: number;
    sourceId: string;
    ranges: readonly TimeRange[];
    filters: ListFilters;
    priority: Priority;
    origin: Origin;
  },
): Promise<Window[]> {
  const { rows } = await sql<WindowRow>`
    insert into voxport_ops.windows (run_id, source_id, range_after, range_before, filters, priority, origin)
    select ${plan.runId}, ${plan.sourceId}, after, before, ${JSON.stringify(plan.filters)}::jsonb, ${plan.priority}, ${plan.origin}
    from unnest(${plan.ranges.map((range) => range.after?.toISOString() ?? null)}::timestamptz[],
                ${plan.ranges.map((range) => range.before.toISOString())}::timestamptz[]) with ordinality as r (after, before, position)
    order by position
    returning ${windowColumns}
  `.execute(executor);
  return rows.map(toWindow);
}

/** Reads a window, and whether its run is paused; null when there is none of that number. */
export async function readWindow(
  executor: Executor,
  windowId: number,
): Promise<(Window & { readonly isPaused: boolean }) | null> {
  const { rows } = await sql<WindowRow & { isPaused: boolean }>`
    select ${windowColumns}, (select r.state = 'paused' from voxport_ops.runs r where r.run_id = w.run_id) as "isPaused"
    from voxport_ops.windows w where window_id = ${windowId}
  `.execute(executor);
  const row = rows[0];
  return row === undefined ? null : { ...toWindow(row), isPaused: row.isPaused };
}

/** The windows of a source that are not listed to their end, those of paused runs left out; of one run, or of all. */
export async function openWindows(
  executor: Executor,
  sourceId: string,
  runId: number | null = null,
): Promise<Window[]> {
  const { rows } = await sql<WindowRow>`
    select ${windowColumns} from voxport_ops.windows w
    where source_id = ${sourceId} and state = 'open'
      and (select state from voxport_ops.runs r where r.run_id = w.run_id) = 'running'
      and (${runId}::int8 is null or run_id = ${runId}::int8)
    order by window_id
  `.execute(executor);
  return rows.map(toWindow);
}

/**
 * Opens failed windows again on behalf of a run: at their checkpoint, or from their start where the cursor is lost.
 * Returns those that are open.
 */
export async function reopenWindows(
  executor: Executor,
  reopen: { runId: number; windows: readonly { readonly windowId: number; readonly isCursorLost: boolean }[] },
): Promise<Window[]> {
  if (reopen.windows.length === 0) return [];
  const { rows } = await sql<WindowRow>`
    with again as (
      select * from unnest(
        ${reopen.windows.map(({ windowId }) => windowId)}::int8[], ${reopen.windows.map(({ isCursorLost }) => isCursorLost)}::bool[]
      ) as t (reopened_id, is_cursor_lost)
    )
    update voxport_ops.windows
    set state = 'open', run_id = ${reopen.runId}, updated_at = now(), restarts = 0,
        cursor = case when is_cursor_lost then null else cursor end, incomplete_listings = 0,
        pass_rows = case when is_cursor_lost then 0 else pass_rows end, total_count = case when is_cursor_lost then null else total_count end,
        next_page = next_page + case when is_cursor_lost then 1 else 0 end,
        trail = trail || case
          when is_cursor_lost then '{"pages": 0, "emptyPages": 0, "idleRestarts": 0, "lastPage": null, "mark": null}'::jsonb
          else '{"idleRestarts": 0}'::jsonb end
    from again where window_id = reopened_id and state = 'failed'
    returning ${windowColumns}
  `.execute(executor);
  return rows.map(toWindow);
}

/**
 * Moves a window's checkpoint over the page just listed; tells how many rows have come since the listing began, and how
 * many the source counts. Returns null when the page is no longer the one that the window waits for: another delivery
 * of the same job was quicker.
 */
export async function advanceWindow(
  executor: Executor,
  step: {
    windowId: number;
    page: number;
    nextCursor: string | null;
    hasMore: boolean;
    listed: number;
    rowCount: number;
    totalCount: number | null;
    trail: ListingTrail;
    /** The listing begins again, without a cursor, where the trail says. */
    isRestart: boolean;
    /** The window ends here: its rest is listed by others. */
    endsAt: Date | null;
  },
): Promise<ListingProgress | null> {
  const { rows } = await sql<ListingProgress>`
    update voxport_ops.windows
    set cursor = ${step.nextCursor}, next_page = next_page + 1, pages = pages + 1, listed = listed + ${step.listed},
        state = case when ${step.hasMore} then 'open' else 'listed' end,
        listed_at = case when ${step.hasMore} then null else now() end, updated_at = now(),
        -- Calls may come and go while the pages are read: the least count that was told is owed.
        pass_rows = case when ${step.isRestart} then 0 else pass_rows + ${step.rowCount} end,
        total_count = case when ${step.isRestart} then null else least(total_count, ${step.totalCount}::int8) end,
        trail = ${JSON.stringify(step.trail)}::jsonb, restarts = restarts + case when ${step.isRestart} then 1 else 0 end,
        range_after = coalesce(${step.endsAt?.toISOString() ?? null}::timestamptz, range_after)
    where window_id = ${step.windowId} and next_page = ${step.page} and state = 'open'
    returning pass_rows as "rowCount", total_count as "totalCount", incomplete_listings as "incompleteListings", next_page as "nextPage"
  `.execute(executor);
  return rows[0] ?? null;
}

/** How far the listing of a window has come since it last began from its start. */
export interface ListingProgress {
  readonly rowCount: number;
  readonly totalCount: number | null;
  /** How often the whole listing brought too little before. */
  readonly incompleteListings: number;
  readonly nextPage: number;
}

/**
 * Has a window that was listed to its end, and brought too little, listed again from its start; or ends it as failed.
 */
export async function endIncompleteListing(
  executor: Executor,
  end: { windowId: number; state: 'open' | 'failed' },
): Promise<void> {
  await sql`
    update voxport_ops.windows
    set state = ${end.state}, cursor = null, listed_at = null, pass_rows = 0, total_count = null, trail = '{}',
        incomplete_listings = incomplete_listings + 1, updated_at = now()
    where window_id = ${end.windowId}
  `.execute(executor);
}

/**
 * Begins a window's listing again where `trail` says: its cursor has expired. The page number continues, so that the
 * new jobs have names of their own. Returns the page to list next.
 */
export async function restartWindow(
  executor: Executor,
  restart: { windowId: number; page: number; trail?: ListingTrail },
): Promise<number | null> {
  const { rows } = await sql<{ nextPage: number }>`
    update voxport_ops.windows
    set cursor = null, next_page = next_page + 1, restarts = restarts + 1, pass_rows = 0, total_count = null, updated_at = now(),
        trail = coalesce(${restart.trail === undefined ? null : JSON.stringify(restart.trail)}::jsonb, '{}')
    where window_id = ${restart.windowId} and next_page = ${restart.page} and state = 'open'
    returning next_page as "nextPage"
  `.execute(executor);
  return rows[0]?.nextPage ?? null;
}

/** How many windows of a run are not listed to their end. */
export async function countOpenWindows(executor: Executor, runId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from voxport_ops.windows where run_id = ${runId} and state = 'open'
  `.execute(executor);
  return rows[0]?.count ?? 0;
}

/** Plans windows for the rest of one that had too many pages: of its run, with its filters and its priority. */
export async function insertRest(executor: Executor, parent: Window, ranges: readonly TimeRange[]): Promise<Window[]> {
  const { rows } = await sql<WindowRow>`
    insert into voxport_ops.windows (run_id, source_id, range_after, range_before, filters, priority, origin, split_from, created_at)
    select w.run_id, w.source_id, after, before, w.filters, w.priority, w.origin, w.window_id, w.created_at
    from voxport_ops.windows w,
         unnest(${ranges.map((range) => range.after?.toISOString() ?? null)}::timestamptz[],
                ${ranges.map((range) => range.before.toISOString())}::timestamptz[]) with ordinality as r (after, before, position)
    where w.window_id = ${parent.windowId}
    order by position
    returning ${windowColumns}
  `.execute(executor);
  return rows.map(toWindow);
}

/** Ends a window that cannot be listed; the reason stands in the failures. */
export async function failWindow(executor: Executor, windowId: number): Promise<void> {
  await sql`
    update voxport_ops.windows set state = 'failed', updated_at = now() where window_id = ${windowId} and state = 'open'
  `.execute(executor);
}
