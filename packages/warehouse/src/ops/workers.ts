import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

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
}

/** Gives a worker's sign of life, and tells its place. */
export async function signalWorker(
  executor: Executor,
  worker: { sourceId: string; workerId: string; role?: WorkerRole; traffic?: WorkerTraffic },
): Promise<WorkerPlace> {
  const { role = { role: 'fleet' }, traffic } = worker;
  await sql`
    insert into voxport_ops.workers (source_id, worker_id, role, run_id, in_flight, requests, refused)
    values (${worker.sourceId}, ${worker.workerId}, ${role.role}, ${role.role === 'command' ? role.runId : null}::int8,
            ${traffic?.inFlight ?? null}::int4, ${traffic?.requests ?? 0}::int8, ${traffic?.refused ?? 0}::int8)
    on conflict (source_id, worker_id) do update
      set seen_at = now(), in_flight = excluded.in_flight, requests = excluded.requests, refused = excluded.refused
  `.execute(executor);
  const { rows } = await sql<WorkerPlace>`
    select count(*) as workers, count(*) filter (where worker_id < ${worker.workerId}) as rank,
           (select in_flight_limit from voxport_ops.sources where source_id = ${worker.sourceId}) as "inFlightLimit"
    from voxport_ops.workers
    where source_id = ${worker.sourceId}
      and (worker_id = ${worker.workerId} or seen_at > now() - ${aliveForMs} * interval '1 millisecond')
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
