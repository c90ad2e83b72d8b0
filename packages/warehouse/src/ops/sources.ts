import { sql } from 'kysely';
import type { Dialect, FailureCode } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { storableText } from '../storable-text.ts';

/** A source as the pipeline knows it. */
export interface SourceState {
  readonly sourceId: string;
  /** Every call that started before this time has been listed, with the filters of its syncs. */
  readonly watermarkAt: Date | null;
  readonly inFlightLimit: number | null;
  readonly pausedAt: Date | null;
  readonly pausedClass: string | null;
  readonly pausedReason: string | null;
}

/** Makes a configured source known, or brings its address up to date. */
export async function registerSource(
  executor: Executor,
  source: { sourceId: string; dialect: Dialect; baseUrl: string },
): Promise<void> {
  await sql`
    insert into voxport_ops.sources (source_id, dialect, base_url)
    values (${source.sourceId}, ${source.dialect}, ${source.baseUrl})
    on conflict (source_id) do update
      set dialect = excluded.dialect, base_url = excluded.base_url, updated_at = now()
      where (sources.dialect, sources.base_url) is distinct from (excluded.dialect, excluded.base_url)
  `.execute(executor);
}

/** Reads one source's state; null when it was never registered. */
export async function readSource(executor: Executor, sourceId: string): Promise<SourceState | null> {
  const { rows } = await sql<SourceState>`
    select source_id as "sourceId", complete_until as "watermarkAt", in_flight_limit as "inFlightLimit",
           paused_at as "pausedAt", paused_class as "pausedClass", paused_reason as "pausedReason"
    from voxport_ops.sources join voxport_ops.source_coverage using (source_id) where source_id = ${sourceId}
  `.execute(executor);
  return rows[0] ?? null;
}

/** A source that the database knows, configured or not. */
export interface KnownSource {
  readonly sourceId: string;
  readonly dialect: Dialect;
}

/** Every source that was ever registered, by name. */
export async function listSources(executor: Executor): Promise<KnownSource[]> {
  const { rows } = await sql<KnownSource>`
    select source_id as "sourceId", dialect from voxport_ops.sources order by source_id
  `.execute(executor);
  return rows;
}

/** Records that no request of the source can succeed until somebody acts. Says whether it was running before. */
export async function pauseSource(
  executor: Executor,
  pause: { sourceId: string; code: FailureCode; reason: string },
): Promise<boolean> {
  const { rows } = await sql`
    update voxport_ops.sources
    set paused_at = now(), paused_class = ${pause.code}, paused_reason = ${storableText(pause.reason)}, updated_at = now()
    where source_id = ${pause.sourceId} and paused_at is null
    returning 1
  `.execute(executor);
  return rows.length > 0;
}

/** Records that the source works again. Says whether it was paused before. */
export async function resumeSource(executor: Executor, sourceId: string): Promise<boolean> {
  const { rows } = await sql`
    update voxport_ops.sources
    set paused_at = null, paused_class = null, paused_reason = null, probe_began_at = null, probed_at = null, probe_class = null, probe_reason = null,
        probe_failures = 0, updated_at = now()
    where source_id = ${sourceId} and paused_at is not null
    returning 1
  `.execute(executor);
  return rows.length > 0;
}

/** The limit of requests in flight as it is stored. */
interface StoredLimit {
  readonly limit: number;
  /**
   * When it was last changed, to the microsecond, as Postgres writes it; null for never. Tells two changes that have
   * led back to the same limit.
   */
  readonly changedAt: string | null;
}

/**
 * Stores a changed limit of requests in flight, unless another worker changed it since this one looked:
 * fifteen refusals of one crowded moment must count as one. `refused` goes with it: see
 * `voxport_ops.sources.in_flight_refused`. Returns what is stored now, and whether it is this change.
 */
export async function changeInFlightLimit(
  executor: Executor,
  change: { sourceId: string; changedAt: string | null; to: number; refused?: number | null },
): Promise<StoredLimit & { isChanged: boolean }> {
  const { rows } = await sql<StoredLimit & { isChanged: boolean }>`
    with changed as (
      update voxport_ops.sources set in_flight_limit = ${change.to}, in_flight_refused = ${change.refused ?? null}::int4,
             limit_changed_at = clock_timestamp(), updated_at = now()
      where source_id = ${change.sourceId} and limit_changed_at is not distinct from ${change.changedAt}::timestamptz
      returning in_flight_limit, limit_changed_at
    )
    select in_flight_limit as limit, limit_changed_at::text as "changedAt", true as "isChanged" from changed
    union all
    select coalesce(in_flight_limit, ${change.to}), limit_changed_at::text, false from voxport_ops.sources
    where source_id = ${change.sourceId} and not exists (select 1 from changed)
  `.execute(executor);
  return rows[0] ?? { limit: change.to, changedAt: null, isChanged: true };
}
