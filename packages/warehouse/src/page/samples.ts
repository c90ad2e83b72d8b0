import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** Samples are kept a day longer than the longest chart shows. */
const keptDays = 8;

/**
 * Writes how every source stands, once a half minute, whoever calls and how often. What was loaded is counted for the
 * half minute before the last: a load that began in it has committed by now.
 */
export async function takeSamples(executor: Executor): Promise<void> {
  await sql`
    insert into voxport_ops.samples (source_id, sampled_at, loaded, waiting, open_failures, lag_secs, newest_call_age_secs, in_flight_limit)
    select f.source_id, bin.at, (
             select count(*) from voxport_raw.payloads p
             where p.source_id = f.source_id and p.loaded_at >= bin.at - interval '1 minute' and p.loaded_at < bin.at - interval '30 seconds'
           ), f.waiting_conversations, f.open_failures, f.lag_secs, f.newest_call_age_secs, s.in_flight_limit
    from voxport.pipeline_freshness f
    join voxport_ops.sources s using (source_id)
    cross join (select date_bin('30 seconds', now(), 'epoch') as at) bin
    where not exists (select 1 from voxport_ops.samples known where known.source_id = f.source_id and known.sampled_at = bin.at)
    on conflict do nothing
  `.execute(executor);
  await sql`delete from voxport_ops.samples where sampled_at < now() - ${keptDays} * interval '1 day'`.execute(
    executor,
  );
}

/** A stretch of time in a chart. */
export interface SampledStretch {
  readonly at: Date;
  /** Payloads loaded in it; null where nobody looked. */
  readonly loaded: number | null;
  /** The largest lag in it, seconds; null where there was none, or nobody looked. */
  readonly lagSecs: number | null;
  readonly waiting: number | null;
}

/** How a source stood: the last `stretches` stretches of `stretchSecs`, the oldest first, the present one included. */
export async function readSamples(
  executor: Executor,
  query: { sourceId: string; stretchSecs: number; stretches: number },
): Promise<SampledStretch[]> {
  const { sourceId, stretchSecs, stretches } = query;
  const { rows } = await sql<SampledStretch>`
    with bins as (
      select at from generate_series(
        date_bin(${stretchSecs}::float8 * interval '1 second', now(), 'epoch') - ${(stretches - 1) * stretchSecs}::float8 * interval '1 second',
        now(), ${stretchSecs}::float8 * interval '1 second') as at
    ), sampled as (
      select date_bin(${stretchSecs}::float8 * interval '1 second', sampled_at - interval '45 seconds', 'epoch') as at,
             sum(loaded)::int8 as loaded, max(lag_secs) as lag, max(waiting) as waiting
      from voxport_ops.samples where source_id = ${sourceId} and sampled_at >= (select min(at) from bins) group by 1
    ), latest as (
      select coalesce(max(sampled_at), now()) as at from voxport_ops.samples where source_id = ${sourceId}
    ), since as (
      select date_bin(${stretchSecs}::float8 * interval '1 second', p.loaded_at, 'epoch') as at, count(*) as loaded
      from voxport_raw.payloads p, latest
      where p.source_id = ${sourceId}
        and p.loaded_at >= greatest(latest.at - interval '30 seconds', now() - interval '1 hour')
      group by 1
    )
    select bins.at, case when sampled.loaded is null and since.loaded is null then null
                         else coalesce(sampled.loaded, 0) + coalesce(since.loaded, 0) end as loaded,
           sampled.lag as "lagSecs", sampled.waiting
    from bins left join sampled using (at) left join since using (at) order by at
  `.execute(executor);
  return rows;
}
