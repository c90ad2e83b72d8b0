import { sql } from 'kysely';
import type { ListFilters } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { inventoryDays } from '../ops/inventory/inventory-counts.ts';

/** What is known of one day (UTC) of call starts. */
export interface CoveredDay {
  /** `2026-09-30` */
  readonly day: string;
  /** How much of it has been listed to its end. */
  readonly listed: 'whole' | 'part' | 'none';
  readonly known: number;
  readonly loaded: number;
  readonly pending: number;
  readonly failed: number;
  readonly gone: number;
  /** When the whole day was last compared with the source; null for never. */
  readonly verifiedAt: Date | null;
  /** What was missing or out of date then, and was not fetched again since. */
  readonly gaps: number;
}

/** How a day stands, in one word. */
export type DayState = 'verified' | 'complete' | 'partial' | 'empty' | 'unknown';

/**
 * `complete`: listed to its end, and all of it loaded. `verified`: compared with the source besides. `empty`: listed,
 * and nobody called.
 */
export function dayState(day: CoveredDay): DayState {
  const isListed = day.listed === 'whole' || day.verifiedAt !== null;
  if (day.known === 0 && day.gaps === 0) return isListed ? 'empty' : day.listed === 'part' ? 'partial' : 'unknown';
  if (!isListed || day.pending > 0 || day.failed > 0 || day.gaps > 0) return 'partial';
  return day.verifiedAt === null ? 'complete' : 'verified';
}

/**
 * Reads the days of a source from `from` to `to` (both included, `2026-09-30`). Only what was listed with the source's
 * own filters counts, or with fewer: a backfill of one agent says nothing about the others.
 */
export async function readCoverage(
  executor: Executor,
  query: { sourceId: string; filters: ListFilters; from: string; to: string },
): Promise<CoveredDay[]> {
  const filters = JSON.stringify(query.filters);
  const { rows } = await sql<CoveredDay>`
    with every_day as (
      select day from generate_series(${`${query.from}T00:00:00Z`}::timestamptz, ${`${query.to}T00:00:00Z`}::timestamptz, interval '24 hours') as day
    ), covered as (
      select range_agg(r) as ranges
      from voxport_ops.coverage c join voxport_ops.sources s using (source_id, dialect), unnest(c.listed) as r
      where c.source_id = ${query.sourceId} and voxport_ops.covers(c.filters, ${filters}::jsonb)
    ), days as (
      -- Of today what the newest list reached: the day is not over, and that is no gap.
      select day, tstzrange(day, case when now() < day + interval '24 hours' then greatest(upper(c.ranges), day + interval '1 second')
                                      else day + interval '24 hours' end) as range
      from every_day cross join covered c
    ), counted as (
      select day::timestamp at time zone 'UTC' as day, sum(discovered + fetched + loaded + failed + gone + cancelled)::int8 as known,
             -- A recheck at what is loaded already leaves it loaded.
             sum(loaded)::int8 as loaded, sum(never_loaded)::int8 as pending, sum(failed)::int8 as failed, sum(gone)::int8 as gone
      from (${inventoryDays(query.sourceId, sql`day between ${query.from}::date and ${query.to}::date`)}) days
      group by 1
    )
    select to_char(d.day at time zone 'UTC', 'YYYY-MM-DD') as day,
           case when coalesce(c.ranges @> d.range, false) then 'whole' when coalesce(c.ranges && d.range, false) then 'part' else 'none' end as listed,
           coalesce(i.known, 0) as known, coalesce(i.loaded, 0) as loaded, coalesce(i.pending, 0) as pending, coalesce(i.failed, 0) as failed,
           coalesce(i.gone, 0) as gone, v.verified_at as "verifiedAt", coalesce(v.gaps, 0) as gaps
    from days d cross join covered c
    left join counted i on i.day = d.day
    left join lateral (
      select verified_at, greatest(0, missing + stale - healed) as gaps from voxport_ops.verifications v
      where v.source_id = ${query.sourceId} and v.filters = ${filters}::jsonb
        and coalesce(v.range_after, '-infinity') <= d.day and v.range_before >= d.day + interval '24 hours'
      order by verified_at desc limit 1
    ) v on true
    order by d.day
  `.execute(executor);
  return rows;
}

/** The day (UTC) of the first call of a source that is known, `2026-09-30`; null where none is. */
export async function firstKnownDay(executor: Executor, sourceId: string): Promise<string | null> {
  const { rows } = await sql<{ day: string | null }>`
    select to_char(min(started_at) at time zone 'UTC', 'YYYY-MM-DD') as day from voxport_ops.inventory where source_id = ${sourceId}
  `.execute(executor);
  return rows[0]?.day ?? null;
}
