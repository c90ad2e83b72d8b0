import { sql } from 'kysely';
import type { DeadLetterGroup } from '../../alerts/read-source-facts.ts';
import type { Executor } from '../../executor.ts';
import { loadedVersions } from '../inventory/inventory-counts.ts';
import { countRecordingBacklog, type RecordingBacklog } from '../../recordings/count-recordings.ts';
import { rowMappingVersion } from '@voxport/mapping';

/** How one source stands. */
export interface SourceStatus {
  readonly sourceId: string;
  /** Every call that started before this time has been listed. */
  readonly watermarkAt: Date | null;
  /** The newest call start that has been listed. */
  readonly listedUntil: Date | null;
  readonly newestCallAt: Date | null;
  readonly lastLoadedAt: Date | null;
  readonly conversations: number;
  readonly wanted: number;
  readonly landed: number;
  readonly failed: number;
  readonly gone: number;
  readonly openWindows: number;
  /** Conversations whose rows were made by an older mapping than this version's: a reload brings them up to date. */
  readonly outdated: number;
  readonly inFlightLimit: number | null;
  readonly pausedAt: Date | null;
  readonly pausedReason: string | null;
}

/** A run, newest first. */
export interface RunStatus {
  readonly runId: number;
  readonly kind: string;
  readonly state: string;
  readonly sourceIds: readonly string[];
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly listed: number | null;
  readonly loaded: number | null;
  readonly failed: number | null;
  readonly windowsOpen: number;
}

/** Open failures of one class, with the message of one of them. */
export interface FailureStatus extends DeadLetterGroup {
  readonly example: string;
}

/** Something in payloads that the mapping did not expect. */
export interface DriftStatus {
  readonly sourceId: string;
  readonly path: string;
  readonly kind: string;
  readonly seen: string;
  readonly count: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

export interface PipelineStatus {
  readonly sources: readonly SourceStatus[];
  readonly runs: readonly RunStatus[];
  readonly failures: readonly FailureStatus[];
  readonly drift: readonly DriftStatus[];
  /** Of sources that store recordings, or have stored some. */
  readonly recordings: readonly RecordingBacklog[];
}

const runsShown = 5;
const driftShown = 20;

/** Reads how the pipeline stands, or one source of it, from Postgres alone. */
export async function readStatus(executor: Executor, sourceId: string | null = null): Promise<PipelineStatus> {
  const isWanted = (column: string) => sql`(${sourceId}::text is null or ${sql.ref(column)} = ${sourceId})`;
  const sources = await sql<SourceStatus>`
    select s.source_id as "sourceId", f.complete_until as "watermarkAt", covered.listed_until as "listedUntil", s.in_flight_limit as "inFlightLimit", s.paused_at as "pausedAt",
           s.paused_reason as "pausedReason", f.newest_call_at as "newestCallAt", f.last_exported_at as "lastLoadedAt", v.conversations, v.outdated,
           i.discovered as wanted, i.fetched as landed, f.open_failures as failed, i.gone, coalesce(w.open, 0) as "openWindows"
    from voxport_ops.sources s
    join voxport.pipeline_freshness f using (source_id)
    join voxport_ops.source_coverage covered using (source_id)
    join voxport_ops.source_counts i using (source_id)
    cross join lateral (
      select coalesce(sum(loaded.conversations), 0)::int8 as conversations,
             coalesce(sum(loaded.conversations) filter (where mapping_version < ${rowMappingVersion}), 0)::int8 as outdated
      from (${loadedVersions(sql.ref('s.source_id'))}) loaded
    ) v
    left join (select source_id, count(*) as open from voxport_ops.windows where state = 'open' group by 1) w using (source_id)
    where ${isWanted('s.source_id')}
    order by s.source_id
  `.execute(executor);
  const runs = await sql<RunStatus>`
    select run_id as "runId", kind, state, source_ids as "sourceIds", started_at as "startedAt", finished_at as "finishedAt",
           listed, loaded, failed, (select count(*) from voxport_ops.windows w where w.run_id = r.run_id and w.state = 'open') as "windowsOpen"
    from voxport_ops.runs r where ${isWanted('r.source_id')} order by run_id desc limit ${runsShown}
  `.execute(executor);
  const failures = await sql<FailureStatus>`
    select source_id as "sourceId", stage, error_class as "errorClass", count(*) as count, min(first_failed_at) as "firstFailedAt",
           max(last_failed_at) as "lastFailedAt", (array_agg(message order by last_failed_at desc))[1] as example
    from voxport_ops.failures where resolved_at is null and ${isWanted('source_id')} group by 1, 2, 3 order by count(*) desc
  `.execute(executor);
  const drift = await sql<DriftStatus>`
    select source_id as "sourceId", path, kind, seen, count, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt"
    from voxport_ops.schema_drift where ${isWanted('source_id')} order by last_seen_at desc, path limit ${driftShown}
  `.execute(executor);
  return {
    sources: sources.rows,
    runs: runs.rows,
    failures: failures.rows,
    drift: drift.rows,
    recordings: await countRecordingBacklog(executor),
  };
}
