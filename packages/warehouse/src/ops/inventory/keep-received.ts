import { sql } from 'kysely';
import type { Executor } from '../../executor.ts';

/**
 * Ends the detail request of a conversation that a webhook brought and that the API has never shown, neither in a list
 * nor as a detail, as if nothing had been asked: its 404 says nothing about a deletion. A workspace without retention
 * answers so for every conversation, any other may be late. Returns whether it is such a conversation; for any other
 * nothing changes.
 */
export async function keepOnlyReceived(
  transaction: Executor,
  request: { readonly sourceId: string; readonly conversationId: string; readonly generation: number },
): Promise<boolean> {
  const { sourceId, conversationId, generation } = request;
  // A statement of its own: a loader that ends the payload holds the row, and the statement that waited for it would
  // still see the payload as landed.
  await sql`
    select from voxport_ops.inventory where source_id = ${sourceId} and conversation_id = ${conversationId} for update
  `.execute(transaction);
  const { rows } = await sql`
    with received as (
      select coalesce(bool_or(state = 'landed'), false) as is_waiting
      from voxport_raw.payloads where source_id = ${sourceId} and conversation_id = ${conversationId}
      having count(*) > 0 and bool_and(origin = 'webhook')
    )
    update voxport_ops.inventory i set state = case when is_waiting then 'fetched' else 'loaded' end, next_check_at = null, fetched_at = now()
    from received
    where i.source_id = ${sourceId} and i.conversation_id = ${conversationId} and i.generation = ${generation} and i.state = 'discovered'
      and i.seen_at is null and i.listed_row is null
      and not exists (
        select from voxport.conversations c
        where c.source_id = i.source_id and c.conversation_id = i.conversation_id and c.origin <> 'webhook'
      )
    returning 1
  `.execute(transaction);
  return rows.length > 0;
}
