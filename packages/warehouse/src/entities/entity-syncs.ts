import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { TransientFailure, type EntityName, type FailureCode } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { aliveForMs } from '../ops/runs/workers.ts';
import { storableText } from '../storable-text.ts';

/** A sync that saved nothing for so long has died with its process: a request takes two minutes at most. */
const leaseSecs = 150;

/**
 * Whether a sync `e` is under way: of a worker (whose id is the first part of the lease) only while that gives its
 * heartbeat, so that one that was killed is taken over within seconds.
 */
const isUnderWay = sql`coalesce(e.claimed_at > clock_timestamp() - ${leaseSecs} * interval '1 second' and (
  e.lease like ':%' or exists (
    select from voxport_ops.workers w
    where w.source_id = e.source_id and w.worker_id = split_part(e.lease, ':', 1)
      and w.seen_at > clock_timestamp() - ${aliveForMs} * interval '1 millisecond')), false)`;

/** The lease of one sync: the worker's id, where there is one, and its own. */
export function leaseOf(workerId: string | null): string {
  return `${workerId ?? ''}:${randomUUID()}`;
}

/** How the sync of one entity stands. */
export interface EntityStatus {
  readonly sourceId: string;
  readonly entity: EntityName;
  /** When its whole list was last seen; null: never. */
  readonly completedAt: Date | null;
  /** When it is due again. */
  readonly nextAt: Date;
  /** Items in the list, and requests spent, of the last complete sync. */
  readonly items: number | null;
  readonly requests: number | null;
  /** Why the last sync ended before its end; null where it did not. */
  readonly errorClass: FailureCode | null;
  readonly error: string | null;
  readonly failedAt: Date | null;
  readonly isUnderWay: boolean;
}

/** Has the entities of a source synced from now on, and no others; what the tables of the others hold stays. */
export async function planEntities(
  executor: Executor,
  query: { sourceId: string; entities: readonly EntityName[] },
): Promise<void> {
  const entities = sql`${[...query.entities]}::text[]`;
  await sql`
    with chosen as (
      insert into voxport_ops.entity_syncs (source_id, entity)
      select ${query.sourceId}, entity from unnest(${entities}) as entity on conflict do nothing
    )
    delete from voxport_ops.entity_syncs where source_id = ${query.sourceId} and not entity = any(${entities})
  `.execute(executor);
}

/** Makes entities due now, whatever their schedule and their failures say. */
export async function requestEntities(
  executor: Executor,
  query: { sourceId: string; entities: readonly EntityName[] },
): Promise<void> {
  await sql`
    update voxport_ops.entity_syncs set next_at = clock_timestamp()
    where source_id = ${query.sourceId} and entity = any(${[...query.entities]}::text[]) and next_at > clock_timestamp()
  `.execute(executor);
}

/**
 * Takes up the first entity of a source that is due, in the order of `entities`; null where none is, where the source
 * is paused, or where another process works on one of this source: branches are asked for by the agents that are known.
 */
export async function claimEntity(
  executor: Executor,
  query: { sourceId: string; entities: readonly EntityName[]; lease: string },
): Promise<EntityName | null> {
  const { sourceId, entities, lease } = query;
  // Looked at without a lock first: mostly nothing is due.
  if ((await countDueEntities(executor, sourceId)) === 0) return null;
  const { rows } = await sql<{ entity: EntityName }>`
    with held as (
      select entity, next_at, ${isUnderWay} as is_under_way
      from voxport_ops.entity_syncs e where source_id = ${sourceId} order by entity for update
    ), due as (
      select entity from held
      where next_at <= clock_timestamp() and entity = any(${[...entities]}::text[])
        and not exists (select from held where is_under_way)
        and exists (select from voxport_ops.sources where source_id = ${sourceId} and paused_at is null)
      order by array_position(${[...entities]}::text[], entity) limit 1
    )
    update voxport_ops.entity_syncs s set lease = ${lease}, claimed_at = clock_timestamp(), started_at = clock_timestamp()
    from due where s.source_id = ${sourceId} and s.entity = due.entity
    returning s.entity
  `.execute(executor);
  return rows[0]?.entity ?? null;
}

/** A sync under way, as it was claimed. */
export interface EntityClaim {
  readonly sourceId: string;
  readonly entity: EntityName;
  readonly lease: string;
}

/** Renews a claim, in the transaction that saves. @throws TransientFailure where another process has taken it over. */
export async function holdEntity(executor: Executor, { sourceId, entity, lease }: EntityClaim): Promise<void> {
  const { rows } = await sql`
    update voxport_ops.entity_syncs set claimed_at = clock_timestamp()
    where source_id = ${sourceId} and entity = ${entity} and lease = ${lease} returning 1
  `.execute(executor);
  if (rows.length > 0) return;
  throw new TransientFailure(
    'database',
    `The sync of ${entity} of source "${sourceId}" was taken over by another process, which continues it.`,
  );
}

/** Notes that the whole list was seen. */
export async function completeEntity(
  executor: Executor,
  claim: EntityClaim,
  done: { items: number; requests: number; everySecs: number },
): Promise<void> {
  await sql`
    update voxport_ops.entity_syncs
    set lease = null, claimed_at = null, completed_at = clock_timestamp(), items = ${done.items}, requests = ${done.requests},
        next_at = clock_timestamp() + ${done.everySecs} * interval '1 second', attempts = 0, error_class = null, error = null, failed_at = null
    where source_id = ${claim.sourceId} and entity = ${claim.entity} and lease = ${claim.lease}
  `.execute(executor);
}

/**
 * Notes why a sync ended early, and when it is tried again: after `retrySecs`, doubled with each time, `everySecs` at
 * most. What it had saved stays.
 */
export async function failEntity(
  executor: Executor,
  claim: EntityClaim,
  failed: { code: FailureCode; message: string; retrySecs: number; everySecs: number },
): Promise<void> {
  await sql`
    update voxport_ops.entity_syncs
    set lease = null, claimed_at = null, error_class = ${failed.code}, error = ${storableText(failed.message)},
        failed_at = clock_timestamp(), attempts = attempts + 1,
        next_at = clock_timestamp() + interval '1 second' * least(${failed.everySecs}::float8, ${failed.retrySecs}::float8 * 2 ^ least(attempts, 10))
    where source_id = ${claim.sourceId} and entity = ${claim.entity} and lease = ${claim.lease}
  `.execute(executor);
}

/** Gives a claim back that was not carried out: the process ends. */
export async function releaseEntity(executor: Executor, { sourceId, entity, lease }: EntityClaim): Promise<void> {
  await sql`
    update voxport_ops.entity_syncs set lease = null, claimed_at = null
    where source_id = ${sourceId} and entity = ${entity} and lease = ${lease}
  `.execute(executor);
}

/** How the syncs of entities stand: of all sources, or of one. */
export async function readEntityStatus(executor: Executor, sourceId: string | null): Promise<EntityStatus[]> {
  const { rows } = await sql<EntityStatus>`
    select source_id as "sourceId", entity, completed_at as "completedAt", next_at as "nextAt", items::int8, requests::int8,
           error_class as "errorClass", error, failed_at as "failedAt",
           ${isUnderWay} as "isUnderWay"
    from voxport_ops.entity_syncs e where ${sourceId}::text is null or source_id = ${sourceId}
    order by source_id, entity
  `.execute(executor);
  return rows;
}

/** How many entities of a source are due or under way. */
export async function countDueEntities(executor: Executor, sourceId: string): Promise<number> {
  const { rows } = await sql<{ due: number }>`
    select count(*)::int4 as due from voxport_ops.entity_syncs e
    where source_id = ${sourceId} and (next_at <= clock_timestamp() or ${isUnderWay})
  `.execute(executor);
  return rows[0]?.due ?? 0;
}
