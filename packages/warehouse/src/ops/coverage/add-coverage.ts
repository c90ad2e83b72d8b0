import { sql } from 'kysely';
import type { ListFilters, TimeRange } from '@voxport/domain';
import type { OpenTransaction } from '../../executor.ts';

/** A range that has been listed to its end, by whom, and what it says of what failed before. */
export interface ListedCoverage {
  readonly sourceId: string;
  readonly filters: ListFilters;
  readonly range: TimeRange;
  /** The listing began then, or later: calls that started since were not there to be listed. */
  readonly asOf: { readonly windowId: number } | { readonly time: Date };
}

/** When a listing began, by the clock of the database, as an expression. */
function beganAt({ asOf }: ListedCoverage) {
  return 'windowId' in asOf
    ? sql`(select created_at from voxport_ops.windows where window_id = ${asOf.windowId})`
    : sql`${asOf.time.toISOString()}::timestamptz`;
}

/** The call starts that window `w` lists when it ends, as a range: only seconds that were over when it was planned. */
const rangeOfWindow = sql`
  tstzrange(w.range_after, greatest(w.range_after, least(w.range_before, date_trunc('second', w.created_at))))`;

/**
 * Adds a range to what has been listed of a source with some filters: in the transaction that makes the listing
 * durable, and as its last statement, because all windows of these filters wait for the row. A call starts within a
 * second, so only seconds that were over when the listing began are covered.
 */
export async function addCoverage(transaction: OpenTransaction, added: ListedCoverage): Promise<void> {
  const { sourceId, filters, range } = added;
  await sql`
    insert into voxport_ops.coverage as known (source_id, dialect, filters, listed, settled)
    select source_id, dialect, ${JSON.stringify(filters)}::jsonb,
           tstzmultirange(tstzrange(after, greatest(after, least(before, date_trunc('second', began_at))))),
           tstzmultirange(tstzrange(after, greatest(after, least(before, date_trunc('second', began_at - lookback_secs * interval '1 second')))))
    from voxport_ops.sources,
         (values (${range.after?.toISOString() ?? null}::timestamptz, ${range.before.toISOString()}::timestamptz, ${beganAt(added)})) as w (after, before, began_at)
    where source_id = ${sourceId}
    on conflict (source_id, dialect, filters) do update
      set listed = known.listed + excluded.listed, settled = known.settled + excluded.settled, updated_at = now()
      where not (known.listed @> excluded.listed and known.settled @> excluded.settled)
  `.execute(transaction);
}

/**
 * The same for a listing that has come to its end: closes as well the failures of windows whose range it has completed.
 * A window that failed although its range had been listed before is not forgiven for that: somebody wanted it listed
 * again.
 */
export async function completeCoverage(transaction: OpenTransaction, added: ListedCoverage): Promise<void> {
  const { sourceId, range } = added;
  const filters = JSON.stringify(added.filters);
  const { rows } = await sql<{ listed: string }>`
    select listed::text from voxport_ops.coverage c join voxport_ops.sources s using (source_id, dialect)
    where source_id = ${sourceId} and filters = ${filters}::jsonb for update of c
  `.execute(transaction);
  await addCoverage(transaction, added);
  await sql`
    update voxport_ops.failures f set resolved_at = now(), resolution = 'recovered'
    from voxport_ops.windows w
    cross join lateral (select ${rangeOfWindow}) as failed (range)
    cross join lateral (
      select coalesce(range_agg(r) filter (where not is_before), '{}') as now, coalesce(range_agg(r) filter (where is_before), '{}') as before
      from voxport_ops.coverage c join voxport_ops.sources s using (source_id, dialect)
      cross join lateral (
        select false as is_before, r from unnest(c.listed) as r
        union all
        select true, r from unnest(case when c.filters = ${filters}::jsonb then ${rows[0]?.listed ?? '{}'}::tstzmultirange else c.listed end) as r
      ) ranges
      where c.source_id = w.source_id and voxport_ops.covers(c.filters, w.filters)
    ) covered
    where f.source_id = ${sourceId} and f.stage = 'list' and f.resolved_at is null and f.window_id = w.window_id and w.state = 'failed'
      and failed.range <@ covered.now
      and (not failed.range <@ covered.before
           or (voxport_ops.covers(${filters}::jsonb, w.filters)
               and failed.range <@ tstzrange(${range.after?.toISOString() ?? null}::timestamptz, ${range.before.toISOString()}::timestamptz)))
  `.execute(transaction);
}

/**
 * Closes the older failures of windows whose missing part a window that has now failed was to list as well: one failure
 * tells of it, the newest. For the transaction that records that failure.
 */
export async function closeReplacedFailures(transaction: OpenTransaction, windowId: number): Promise<void> {
  await sql`
    update voxport_ops.failures f set resolved_at = now(), resolution = 'retried'
    from voxport_ops.windows newer, voxport_ops.windows w
    cross join lateral (
      select tstzmultirange(${rangeOfWindow})
             - coalesce(range_agg(r), '{}') as range
      from voxport_ops.coverage c join voxport_ops.sources s using (source_id, dialect), unnest(c.listed) as r
      where c.source_id = w.source_id and voxport_ops.covers(c.filters, w.filters)
    ) missing
    where newer.window_id = ${windowId} and f.source_id = newer.source_id and f.stage = 'list' and f.resolved_at is null
      and f.window_id = w.window_id and w.window_id < newer.window_id and w.state = 'failed' and w.filters = newer.filters
      -- Together with others that have failed since: a later sync divides what is new from history at another second.
      and not isempty(missing.range) and missing.range <@ (
        select range_agg(tstzrange(n.range_after, n.range_before)) from voxport_ops.windows n
        where n.source_id = w.source_id and n.filters = w.filters and n.window_id > w.window_id
          and (n.window_id = newer.window_id or (n.state = 'failed' and exists (
            select from voxport_ops.failures o where o.window_id = n.window_id and o.stage = 'list' and o.resolved_at is null)))
      )
  `.execute(transaction);
}
