import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { countsOfRun } from '../ops/runs/run-counts.ts';

/** How long a run has taken, and for how many requests: pages and details. */
export interface RunPace {
  readonly secs: number;
  readonly requests: number;
}

/** A run under way beside the ones of its kind and source that came to their end before it. */
export interface RunningPace extends RunPace {
  readonly runId: number;
  readonly sourceId: string;
  readonly kind: string;
  readonly startedAt: Date;
  /** Newest first, twenty at most. */
  readonly history: readonly RunPace[];
}

/**
 * Reads the pace of the runs that have been under way for longer than `runningForSecs`; younger ones cost nothing. What
 * a run has read is counted once it has taken `countFromFactor` times the median of its history, and told as 0 before.
 */
export async function readRunPaces(
  executor: Executor,
  query: { sourceIds: readonly string[]; now: Date; runningForSecs: number; countFromFactor: number },
): Promise<RunningPace[]> {
  const startedBefore = new Date(query.now.getTime() - query.runningForSecs * 1000).toISOString();
  const { rows } = await sql<RunningPace>`
    select r.run_id as "runId", r.source_id as "sourceId", r.kind, r.started_at as "startedAt",
           extract(epoch from ${query.now.toISOString()}::timestamptz - r.started_at)::float8 as secs,
           case when h.runs > 0 and extract(epoch from ${query.now.toISOString()}::timestamptz - r.started_at) >= h.median * ${query.countFromFactor}::float8
             then (select coalesce(sum(w.pages), 0)::int8 from voxport_ops.windows w where w.run_id = r.run_id)
               + (select coalesce(sum(counts.fetched), 0)::int8 from (${countsOfRun(sql`r.run_id`)}) counts)
             else 0 end as requests,
           coalesce(h.history, '[]') as history
    from voxport_ops.runs r
    left join lateral (
      select json_agg(json_build_object('secs', secs, 'requests', requests)) as history, count(*) as runs,
             percentile_cont(0.5) within group (order by secs) as median
      from (
        select extract(epoch from f.finished_at - f.started_at)::float8 as secs, coalesce(f.pages, 0) + coalesce(f.fetched, 0) as requests
        from voxport_ops.runs f
        where f.kind = r.kind and f.source_id = r.source_id and f.run_id < r.run_id and f.state in ('finished', 'finished_with_failures')
        order by f.run_id desc limit 20
      ) ended
    ) h on true
    where r.state = 'running' and r.source_id = any(${query.sourceIds}::text[])
      and r.started_at < ${startedBefore}::timestamptz
    order by r.run_id
  `.execute(executor);
  return rows;
}
