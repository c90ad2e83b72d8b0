import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { unnest, type BatchColumn } from './insert-from-unnest.ts';
import { compareInLockOrder } from '../lock-order.ts';

export interface ConversationRef {
  readonly sourceId: string;
  readonly conversationId: string;
}

/**
 * Remembers that conversations are gone at the source; their rows stay. A conversation seen after `deletedAt` is not
 * gone. One that is not loaded yet (its payload waits, or is older than the deletion) gets its `deleted_at` when it is
 * loaded.
 * @param deletedAt ISO 8601, when the source said so.
 * @returns how many conversations changed.
 */
export async function markDeleted(
  transaction: Executor,
  refs: readonly ConversationRef[],
  deletedAt: string,
): Promise<number> {
  const keys = new Map(refs.map((ref) => [JSON.stringify([ref.sourceId, ref.conversationId]), ref]));
  // The same order as the loader's, see upsertConversations.
  const sorted = [...keys.values()].toSorted(
    (a, b) => compareInLockOrder(a.sourceId, b.sourceId) || compareInLockOrder(a.conversationId, b.conversationId),
  );
  if (sorted.length === 0) return 0;
  const columns: BatchColumn[] = [
    { name: 'source_id', type: 'text', values: sorted.map((ref) => ref.sourceId) },
    { name: 'conversation_id', type: 'text', values: sorted.map((ref) => ref.conversationId) },
  ];
  await sql`
    insert into voxport_ops.loaded_conversations as known (source_id, conversation_id, gone_at)
    select source_id, conversation_id, ${deletedAt}::timestamptz from ${unnest(columns)}
    on conflict (source_id, conversation_id) do update set gone_at = greatest(known.gone_at, excluded.gone_at)
  `.execute(transaction);
  const { rows } = await sql`
    update voxport.conversations stored set deleted_at = known.gone_at, exported_at = now()
    from ${unnest(columns)} join voxport_ops.loaded_conversations known using (source_id, conversation_id)
    where stored.source_id = known.source_id and stored.conversation_id = known.conversation_id
      and known.gone_at >= known.observed_at and stored.deleted_at is distinct from known.gone_at
    returning 1
  `.execute(transaction);
  return rows.length;
}
