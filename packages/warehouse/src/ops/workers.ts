import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { steeredRunsOf, toSteeredRuns, type SteeredRun, type SteeredRuns } from './held-runs.ts';

/** A worker that gave no sign of life for so long is gone: the others take over its part. */
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
}

/** Where a worker stands among those of its source. */
export interface WorkerPlace {
  readonly workers: number;
  /** From 0, by name. */
  readonly rank: number;
  /** The limit of requests in flight that all of them share; null when none was found yet. */
  readonly inFlightLimit: number | null;
  readonly steered: SteeredRuns;
}

/**
 * Gives a worker's sign of life, and tells its place, and which runs are steered: as they stood after the time that `seen_at` says,
 * so that who has paused a run can tell from there that the worker knows.
 */
export async function signalWorker(
  executor: Executor,
  worker: { sourceId: string; workerId: string; role?: WorkerRole; traffic?: WorkerTraffic },
): Promise<WorkerPlace> {
  const { role = { role: 'fleet' }, traffic } = worker;
  const steered = await sql<SteeredRun>`
    with signalled as (
    insert into voxport_ops.workers (source_id, worker_id, role, run_id, in_flight, requests, refused)
    values (${worker.sourceId}, ${worker.workerId}, ${role.role}, ${role.role === 'command' ? role.runId : null}::int8,
            ${traffic?.inFlight ?? null}::int4, ${traffic?.requests ?? 0}::int8, ${traffic?.refused ?? 0}::int8)
    on conflict (source_id, worker_id) do update
      set seen_at = now(), in_flight = excluded.in_flight, requests = excluded.requests, refused = excluded.refused
    )
    ${steeredRunsOf(worker.sourceId)}
  `.execute(executor);
  const { rows } = await sql<Omit<WorkerPlace, 'steered'>>`
    select count(*) as workers, count(*) filter (where worker_id < ${worker.workerId}) as rank,
           (select in_flight_limit from voxport_ops.sources where source_id = ${worker.sourceId}) as "inFlightLimit"
    from voxport_ops.workers
    where source_id = ${worker.sourceId}
      and (worker_id = ${worker.workerId} or seen_at > now() - ${aliveForMs} * interval '1 millisecond')
  `.execute(executor);
  return { ...rows[0]!, steered: toSteeredRuns(steered.rows) };
}

/** Whether every worker that lives and works for a run's sources has looked which runs are steered since a time. One that is dead counts no more after some seconds. */
export async function haveWorkersSeen(executor: Executor, query: { runId: number; since: Date }): Promise<boolean> {
  const { rows } = await sql`
    select 1 from voxport_ops.workers
    where source_id = any((select source_ids from voxport_ops.runs where run_id = ${query.runId})::text[]) and role <> 'lister'
      -- A Date has milliseconds: the time may have been almost one later.
      and seen_at < ${query.since.toISOString()}::timestamptz + interval '1 millisecond'
      and seen_at > now() - ${aliveForMs} * interval '1 millisecond'
    limit 1
  `.execute(executor);
  return rows.length === 0;
}

/** The worker processes that live and work for some sources, and what they are sending. */
export interface LivingWorkers {
  /** Those that work for every run until they are told to stop, by source. */
  readonly fleetSourceIds: readonly string[];
  readonly inFlight: number;
  readonly inFlightLimit: number | null;
  /** Since these workers started. */
  readonly requests: number;
  readonly refused: number;
}

/** Reads who works for some sources at present. */
export async function readLivingWorkers(executor: Executor, sourceIds: readonly string[]): Promise<LivingWorkers> {
  const { rows } = await sql<LivingWorkers>`
    select coalesce(array_agg(distinct source_id) filter (where role = 'fleet'), '{}') as "fleetSourceIds",
           coalesce(sum(in_flight), 0)::int8 as "inFlight", coalesce(sum(requests), 0)::int8 as requests, coalesce(sum(refused), 0)::int8 as refused,
           (select sum(in_flight_limit) from voxport_ops.sources where source_id = any(${[...sourceIds]}::text[])) as "inFlightLimit"
    from voxport_ops.workers
    where source_id = any(${[...sourceIds]}::text[]) and seen_at > now() - ${aliveForMs} * interval '1 millisecond'
  `.execute(executor);
  return rows[0]!;
}

/** Signs a worker off, and removes the rows of those that ended without a word. */
export async function removeWorker(executor: Executor, worker: { sourceId: string; workerId: string }): Promise<void> {
  await sql`
    delete from voxport_ops.workers
    where source_id = ${worker.sourceId} and (worker_id = ${worker.workerId} or seen_at < now() - interval '1 hour')
  `.execute(executor);
}
