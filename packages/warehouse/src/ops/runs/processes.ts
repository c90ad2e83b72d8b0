import { sql } from 'kysely';
import type { Executor } from '../../executor.ts';

/** What a process of the fleet does; one process may do all of it. */
export type FleetRole = 'scheduler' | 'worker' | 'loader' | 'gateway';

/** A process of the fleet. */
export interface FleetProcess {
  readonly processId: string;
  readonly roles: readonly FleetRole[];
  readonly host: string;
  readonly pid: number;
  readonly release: string;
}

/** How often a process gives a heartbeat, milliseconds. */
export const heartbeatEveryMs = 5000;
/** Three heartbeats that did not come: the process is taken for dead. */
const deadAfterMs = 15_000;
const keptDays = 7;

/** Gives the heartbeat of each role of a process, and forgets processes that have been silent for a week. */
export async function signalProcess(executor: Executor, process: FleetProcess): Promise<void> {
  const { processId, roles, host, pid, release } = process;
  await sql`
    with forgotten as (
      delete from voxport_ops.processes where seen_at < now() - ${keptDays} * interval '1 day' and process_id <> ${processId}
    )
    insert into voxport_ops.processes (process_id, role, host, pid, release)
    select ${processId}, role, ${host}, ${pid}::int4, ${release} from unnest(${[...roles]}::text[]) as given (role)
    on conflict (process_id, role) do update set seen_at = now(), ended_at = null
  `.execute(executor);
}

/** Signs a process off that ends in order. */
export async function endProcess(executor: Executor, processId: string): Promise<void> {
  await sql`
    update voxport_ops.processes set seen_at = now(), ended_at = now() where process_id = ${processId} and ended_at is null
  `.execute(executor);
}

/** Who does the work of a role. */
export interface RoleHeartbeat {
  readonly role: FleetRole;
  /** Processes that are alive. */
  readonly processes: number;
  /** The last heartbeat of any process of the role. */
  readonly seenAt: Date;
  /** Whether the last one to give a heartbeat has ended in order. */
  readonly isSignedOff: boolean;
}

/**
 * The roles that have had a process in the last week, in the order of the data. Nobody who only runs commands has any.
 */
export async function readRoleHeartbeats(executor: Executor): Promise<RoleHeartbeat[]> {
  const { rows } = await sql<RoleHeartbeat>`
    select role, max(seen_at) as "seenAt",
           count(*) filter (where ended_at is null and seen_at > now() - ${deadAfterMs} * interval '1 millisecond') as processes,
           (array_agg(ended_at is not null order by seen_at desc))[1] as "isSignedOff"
    from voxport_ops.processes
    where seen_at > now() - ${keptDays} * interval '1 day'
    group by role
    order by array_position(array['scheduler', 'worker', 'loader', 'gateway'], role)
  `.execute(executor);
  return rows;
}
