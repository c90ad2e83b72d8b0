import { sql } from 'kysely';
import type { Executor } from '../../executor.ts';

/**
 * How one source stands, as cheaply as it can be told: every look is bounded or by an index, so that it can be asked
 * every few seconds.
 */
export interface SourceSharedState {
  readonly sourceId: string;
  readonly watermarkAt: Date | null;
  readonly inFlightLimit: number | null;
  readonly pausedClass: string | null;
  readonly isPaused: boolean;
  /** Start of the newest call that was ever loaded. */
  readonly newestCallAt: Date | null;
  /** When the last sync of the source ended by itself. */
  readonly lastSyncAt: Date | null;
  readonly workers: number;
  /** Details that are wanted and have not landed. */
  readonly wanted: number;
  /** Payloads that wait for the loader, counted up to 10,000. */
  readonly landed: number;
  readonly oldestLandedAt: Date | null;
  readonly lastVerifiedAt: Date | null;
}

/** Sums and counts that all processes share: what Postgres knows about the pipeline. */
export interface SharedState {
  readonly sources: readonly SourceSharedState[];
  readonly failures: readonly { sourceId: string; stage: string; errorClass: string; count: number }[];
  readonly windows: readonly { sourceId: string; priority: string; count: number; oldestAt: Date }[];
  readonly runs: readonly { kind: string; state: string; count: number }[];
  readonly gaps: readonly { sourceId: string; missing: number; stale: number; extra: number }[];
  readonly drift: readonly { sourceId: string; kind: string; count: number }[];
  readonly databaseBytes: number;
}

/** Reads the state that all processes share, from Postgres alone. */
export async function readSharedState(executor: Executor): Promise<SharedState> {
  const sources = await sql<SourceSharedState>`
    select s.source_id as "sourceId", covered.complete_until as "watermarkAt", s.in_flight_limit as "inFlightLimit", s.paused_class as "pausedClass",
           s.paused_at is not null as "isPaused",
           (select c.started_at from voxport.conversations c where c.source_id = s.source_id and c.started_at is not null
            order by c.started_at desc limit 1) as "newestCallAt",
           (select r.finished_at from voxport_ops.runs r where r.kind = 'sync' and r.finished_at is not null and r.state in ('finished', 'finished_with_failures')
              and r.source_id = s.source_id order by r.run_id desc limit 1) as "lastSyncAt",
           (select count(*) from voxport_ops.workers w where w.source_id = s.source_id and w.role <> 'lister'
              and w.seen_at > now() - interval '30 seconds') as workers,
           counts.discovered as wanted,
           (select count(*) from (select from voxport_raw.payloads p where p.source_id = s.source_id and p.state = 'landed'
              and p.landed_xact >= voxport_raw.landed_from(s.source_id) limit 10000) landed) as landed,
           (select p.observed_at from voxport_raw.payloads p where p.source_id = s.source_id and p.state = 'landed'
            and p.landed_xact >= voxport_raw.landed_from(s.source_id) order by p.landed_xact, p.payload_id limit 1) as "oldestLandedAt",
           (select max(v.verified_at) from voxport_ops.verifications v where v.source_id = s.source_id) as "lastVerifiedAt"
    from voxport_ops.sources s join voxport_ops.source_coverage covered using (source_id) join voxport_ops.source_counts counts using (source_id)
    order by s.source_id
  `.execute(executor);
  const failures = await sql<SharedState['failures'][number]>`
    select source_id as "sourceId", stage, error_class as "errorClass", count(*) as count
    from voxport_ops.failures where resolved_at is null group by 1, 2, 3
  `.execute(executor);
  const windows = await sql<SharedState['windows'][number]>`
    select source_id as "sourceId", priority, count(*) as count, min(created_at) as "oldestAt"
    from voxport_ops.windows where state = 'open' group by 1, 2
  `.execute(executor);
  const runs = await sql<SharedState['runs'][number]>`
    select kind, state, count(*) as count from voxport_ops.runs where state in ('running', 'paused') group by 1, 2
  `.execute(executor);
  // A gap is over when a later verification covers its range: that one has looked again.
  const gaps = await sql<SharedState['gaps'][number]>`
    with recent as materialized (
      select source_id, verification_id, coalesce(range_after, '-infinity') as range_after, range_before, missing, stale, extra
      from voxport_ops.verifications where verified_at > now() - interval '7 days'
    )
    select s.source_id as "sourceId", coalesce(sum(missing), 0)::int8 as missing, coalesce(sum(stale), 0)::int8 as stale, coalesce(sum(extra), 0)::int8 as extra
    from voxport_ops.sources s left join recent r on r.source_id = s.source_id and not exists (
      select from recent later where later.source_id = r.source_id and later.verification_id > r.verification_id
        and later.range_after <= r.range_after and later.range_before >= r.range_before
    )
    group by 1
  `.execute(executor);
  const drift = await sql<SharedState['drift'][number]>`
    select source_id as "sourceId", kind, count(*) as count from voxport_ops.schema_drift group by 1, 2
  `.execute(executor);
  const size = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(executor);
  return {
    sources: sources.rows,
    failures: failures.rows,
    windows: windows.rows,
    runs: runs.rows,
    gaps: gaps.rows,
    drift: drift.rows,
    databaseBytes: size.rows[0]!.bytes,
  };
}
