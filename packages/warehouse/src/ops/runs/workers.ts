import { sql } from 'kysely';
import type { Executor } from '../../executor.ts';
import { controlledRunsOf, toControlledRuns, type ControlledRun, type ControlledRuns } from './held-runs.ts';

/** A worker that gave no heartbeat for so long is gone: the others take over its part. */
export const aliveForMs = 6000;

/** Who takes part in the sharing of a source's requests: see `voxport_ops.workers.role`. */
export type WorkerRole =
  | { readonly role: 'fleet' }
  | { readonly role: 'command'; readonly runId: number }
  | { readonly role: 'lister' };

/** What a worker has sent since it started. */
export interface WorkerTraffic {
  readonly inFlight: number;
  readonly requests: number;
  /** Of these, refused with 429. */
  readonly refused: number;
  /** How long a detail takes of late; null when none was asked for. */
  readonly detailLatencyMs: number | null;
}

/** Where a worker stands among those of its source. */
export interface WorkerShare {
  readonly workers: number;
  /** From 0, by name; who only lists comes after those that fetch. */
  readonly rank: number;
  /** The limit of requests in flight that all of them share; null when none was found yet. */
  readonly inFlightLimit: number | null;
  /** The lowest number above it that was refused of late, 0 where none is known; null when none was refused yet. */
  readonly inFlightRefused: number | null;
  /** When that was last changed, as `changeInFlightLimit` takes it; null for never. */
  readonly limitChangedAt: string | null;
  readonly controlled: ControlledRuns;
}

/**
 * Gives a worker's heartbeat, counts what it has sent since the last one into the minute, and tells its place, and
 * which runs are controlled: as they stood after the time that `seen_at` says, so that who has paused a run can tell
 * from there that the worker knows.
 */
export async function signalWorker(
  executor: Executor,
  worker: {
    sourceId: string;
    workerId: string;
    role?: WorkerRole;
    traffic?: WorkerTraffic;
    /** How long ago it last took up or ended a job; null or left out when it has not yet. */
    consumedMsAgo?: number | null;
  },
): Promise<WorkerShare> {
  const { role = { role: 'fleet' }, traffic, consumedMsAgo = null } = worker;
  const latencyMs = traffic?.detailLatencyMs ?? null;
  const controlled = await sql<ControlledRun>`
    with before as (
      select requests, refused from voxport_ops.workers where source_id = ${worker.sourceId} and worker_id = ${worker.workerId}
    ),
    sent as (
      select ${traffic?.requests ?? 0}::int8 - coalesce((select requests from before), 0) as requests,
             ${traffic?.refused ?? 0}::int8 - coalesce((select refused from before), 0) as refused
    ),
    counted as (
      insert into voxport_ops.api_minutes as known (source_id, minute, requests, refused)
      select ${worker.sourceId}, date_trunc('minute', now()), requests, refused from sent where requests > 0
      on conflict (source_id, minute) do update
        set requests = known.requests + excluded.requests, refused = known.refused + excluded.refused
    ),
    signalled as (
    insert into voxport_ops.workers (source_id, worker_id, role, run_id, in_flight, requests, refused, consumed_at)
    values (${worker.sourceId}, ${worker.workerId}, ${role.role}, ${role.role === 'command' ? role.runId : null}::int8,
            ${traffic?.inFlight ?? null}::int4, ${traffic?.requests ?? 0}::int8, ${traffic?.refused ?? 0}::int8,
            now() - ${consumedMsAgo}::float8 * interval '1 millisecond')
    on conflict (source_id, worker_id) do update
      set seen_at = now(), in_flight = excluded.in_flight, requests = excluded.requests, refused = excluded.refused,
          consumed_at = coalesce(excluded.consumed_at, workers.consumed_at)
    ),
    measured as (
      -- Not with every heartbeat: a tenth more or less tells nobody anything.
      update voxport_ops.sources set detail_latency_ms = ${latencyMs}::float8
      where source_id = ${worker.sourceId} and abs(coalesce(detail_latency_ms, 0) - ${latencyMs}::float8) > ${latencyMs}::float8 / 10
    )
    ${controlledRunsOf(worker.sourceId)}
  `.execute(executor);
  const { rows } = await sql<Omit<WorkerShare, 'controlled'>>`
    select count(*) as workers,
           count(*) filter (where (known.role = 'lister', worker_id) < (${role.role} = 'lister', ${worker.workerId}::text)) as rank,
           (select in_flight_limit from voxport_ops.sources where source_id = ${worker.sourceId}) as "inFlightLimit",
           (select in_flight_refused from voxport_ops.sources where source_id = ${worker.sourceId}) as "inFlightRefused",
           (select limit_changed_at::text from voxport_ops.sources where source_id = ${worker.sourceId}) as "limitChangedAt"
    from voxport_ops.workers known
    where source_id = ${worker.sourceId}
      and (worker_id = ${worker.workerId} or seen_at > now() - ${aliveForMs} * interval '1 millisecond')
  `.execute(executor);
  return { ...rows[0]!, controlled: toControlledRuns(controlled.rows) };
}

/**
 * Whether every worker that lives and works for a run's source has looked which runs are controlled since a time. One
 * that is dead counts no more after some seconds.
 */
export async function haveWorkersSeen(executor: Executor, query: { runId: number; since: Date }): Promise<boolean> {
  const { rows } = await sql`
    select 1 from voxport_ops.workers
    where source_id = (select source_id from voxport_ops.runs where run_id = ${query.runId}) and role <> 'lister'
      -- A Date has milliseconds: the time may have been almost one later.
      and seen_at < ${query.since.toISOString()}::timestamptz + interval '1 millisecond'
      and seen_at > now() - ${aliveForMs} * interval '1 millisecond'
    limit 1
  `.execute(executor);
  return rows.length === 0;
}

/**
 * Who has given a heartbeat since a time, and will work on a run: a fleet on its source, a command for it alone; null
 * for nobody.
 */
export async function whoWorksOn(
  executor: Executor,
  query: { runId: number; since: Date },
): Promise<'fleet' | 'command' | null> {
  const { rows } = await sql<{ fleet: boolean; command: boolean }>`
    with alive as materialized (
      select source_id, role, run_id from voxport_ops.workers where seen_at > ${query.since.toISOString()}::timestamptz
    )
    select exists (select 1 from alive where role = 'command' and alive.run_id = r.run_id) as command,
           exists (select 1 from alive where alive.role = 'fleet' and alive.source_id = r.source_id) as fleet
    from voxport_ops.runs r where r.run_id = ${query.runId}
  `.execute(executor);
  const [found] = rows;
  return found?.fleet === true ? 'fleet' : found?.command === true ? 'command' : null;
}

/** The worker processes that live and work for some sources, and what they are sending. */
export interface LivingWorkers {
  readonly workers: number;
  readonly inFlight: number;
  readonly inFlightLimit: number | null;
  /** Since these workers started. */
  readonly requests: number;
  readonly refused: number;
}

/** Reads who works for some sources at present. */
export async function readLivingWorkers(executor: Executor, sourceIds: readonly string[]): Promise<LivingWorkers> {
  const { rows } = await sql<LivingWorkers>`
    select count(distinct worker_id) as workers, coalesce(sum(in_flight), 0)::int8 as "inFlight", coalesce(sum(requests), 0)::int8 as requests, coalesce(sum(refused), 0)::int8 as refused,
           (select sum(in_flight_limit) from voxport_ops.sources where source_id = any(${[...sourceIds]}::text[])) as "inFlightLimit"
    from voxport_ops.workers
    where source_id = any(${[...sourceIds]}::text[]) and seen_at > now() - ${aliveForMs} * interval '1 millisecond'
  `.execute(executor);
  return rows[0]!;
}

/**
 * Signs a worker off, and removes the rows of those that ended without a word; when they last had a job stays known.
 */
export async function removeWorker(executor: Executor, worker: { sourceId: string; workerId: string }): Promise<void> {
  await sql`
    with removed as (
      delete from voxport_ops.workers
      where source_id = ${worker.sourceId} and (worker_id = ${worker.workerId} or seen_at < now() - interval '1 hour')
      returning consumed_at
    )
    update voxport_ops.sources set consumed_at = greatest(consumed_at, (select max(consumed_at) from removed))
    where source_id = ${worker.sourceId} and exists (select 1 from removed where removed.consumed_at is not null)
  `.execute(executor);
}
