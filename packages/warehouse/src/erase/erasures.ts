import { sql } from 'kysely';
import type { Executor, TransactionalExecutor } from '../executor.ts';
import { erasers, type ErasedBatch } from './erasers.ts';

/** An erasure as it is remembered: nothing in it tells of whom. */
export interface ErasureRequest {
  readonly sourceIds: readonly string[];
  readonly selector: 'conversation' | 'user' | 'phone' | 'before';
  readonly selectorHash: string;
}

/** Begins an erasure; returns its number. */
export async function beginErasure(executor: Executor, request: ErasureRequest): Promise<number> {
  const { rows } = await sql<{ erasureId: number }>`
    insert into voxport_ops.erasures (source_ids, selector, selector_hash)
    values (${[...request.sourceIds]}::text[], ${request.selector}, ${request.selectorHash})
    returning erasure_id as "erasureId"
  `.execute(executor);
  return rows[0]!.erasureId;
}

/**
 * Leaves tombstones for conversations, committed by themselves: from `waitForWriters` on nobody takes them in any more,
 * and what is there can be removed in peace. One that has its tombstone already keeps it.
 */
export async function writeTombstones(executor: Executor, batch: ErasedBatch & { erasureId: number }): Promise<void> {
  await sql`
    insert into voxport_ops.erased_conversations (source_id, conversation_hash, erasure_id)
    select ${batch.sourceId}, voxport_ops.conversation_hash(${batch.sourceId}, id), ${batch.erasureId}
    from unnest(${[...batch.conversationIds]}::text[]) as id order by 2
    on conflict do nothing
  `.execute(executor);
}

/**
 * Waits until everybody who writes has seen the tombstones: a lock that no writer may hold is had for a moment and
 * given back. Each table in a transaction of its own, because two locks held at once could be waited for in a circle.
 * Readers are not held up; writers for no longer than the transactions that are under way take.
 */
export async function waitForWriters(database: TransactionalExecutor): Promise<void> {
  for (const table of [
    'voxport_ops.inventory',
    'voxport_raw.payloads',
    'voxport.initiation_failures',
    'voxport_ops.webhook_events',
    'voxport_ops.received_recordings',
  ]) {
    await database.transaction().execute(async (transaction) => {
      await sql`lock table ${sql.table(table)} in share row exclusive mode`.execute(transaction);
    });
  }
}

/** What was removed, in rows by place. */
export type RemovedRows = Readonly<Record<string, number>>;

/** Removes every trace of some conversations that have a tombstone, in one transaction. */
export async function eraseConversations(database: TransactionalExecutor, batch: ErasedBatch): Promise<RemovedRows> {
  return database.transaction().execute(async (transaction) => {
    const removed: Record<string, number> = {};
    for (const { place, erase } of erasers) removed[place] = await erase(transaction, batch);
    return removed;
  });
}

/** Ends an erasure with what it did. */
export async function finishErasure(
  executor: Executor,
  erasure: {
    erasureId: number;
    conversations: number;
    removed: RemovedRows;
    atSource: Readonly<Record<string, number>> | null;
  },
): Promise<void> {
  await sql`
    update voxport_ops.erasures
    set finished_at = now(), conversations = ${erasure.conversations}, removed = ${JSON.stringify(erasure.removed)}::jsonb,
        at_source = ${erasure.atSource === null ? null : JSON.stringify(erasure.atSource)}::jsonb
    where erasure_id = ${erasure.erasureId}
  `.execute(executor);
}
