import { sql } from 'kysely';
import type { Executor } from '../../executor.ts';
import { aliveForMs } from '../runs/workers.ts';

/** What the API of a source is asked, and what it allows. */
export interface SourceTraffic {
  readonly sourceId: string;
  /** Processes that live and send. */
  readonly workers: number;
  /** Requests of theirs under way. */
  readonly inFlight: number;
  /** In the last hour. */
  readonly requests: number;
  /** Of these, refused with 429. */
  readonly refused: number;
  /** In the last five minutes. */
  readonly recentRequests: number;
  readonly recentRefused: number;
}

/** Reads what the APIs have been asked in the last hour, and what is under way. */
export async function readTraffic(executor: Executor): Promise<SourceTraffic[]> {
  const { rows } = await sql<SourceTraffic>`
    select s.source_id as "sourceId", coalesce(w.workers, 0) as workers, coalesce(w.in_flight, 0) as "inFlight",
           coalesce(m.requests, 0)::int8 as requests, coalesce(m.refused, 0)::int8 as refused,
           coalesce(m.recent, 0)::int8 as "recentRequests", coalesce(m.recent_refused, 0)::int8 as "recentRefused"
    from voxport_ops.sources s
    left join (
      select source_id, count(*) filter (where role <> 'lister') as workers, sum(in_flight) as in_flight
      from voxport_ops.workers where seen_at > now() - ${aliveForMs} * interval '1 millisecond' group by 1
    ) w using (source_id)
    left join (
      select source_id, sum(requests) as requests, sum(refused) as refused,
             sum(requests) filter (where minute > now() - interval '5 minutes') as recent,
             sum(refused) filter (where minute > now() - interval '5 minutes') as recent_refused
      from voxport_ops.api_minutes where minute > now() - interval '1 hour' group by 1
    ) m using (source_id)
    order by 1
  `.execute(executor);
  return rows;
}
