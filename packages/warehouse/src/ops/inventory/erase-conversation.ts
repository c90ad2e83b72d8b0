import { sql } from 'kysely';
import { keepOnlyReceived } from './keep-received.ts';
import type { Executor, TransactionalExecutor } from '../../executor.ts';

interface ConversationRef {
  readonly sourceId: string;
  readonly conversationId: string;
}

/** Takes back what was deleted when the detail request turned out to be another's by now. */
class NewerRequestError extends Error {
  override readonly name = 'NewerRequestError';
}

/**
 * A conversation that answers 404, of a source whose deletions are mirrored: its rows, its payloads and its list row
 * are deleted, and the detail request ends as `gone`; id, agent and times stay in the inventory, so that what was
 * exported can still be accounted for. A newer detail request is left alone, and nothing deleted.
 * @returns whether it was erased.
 */
export async function eraseConversation(
  database: TransactionalExecutor,
  gone: ConversationRef & { generation: number },
): Promise<boolean> {
  const { sourceId, conversationId, generation } = gone;
  // A transaction of its own, which holds only the inventory's row: the other one takes that last.
  const isKept = await database.transaction().execute((transaction) => keepOnlyReceived(transaction, gone));
  if (isKept) return false;
  try {
    await database.transaction().execute(async (transaction) => {
      // In the loader's order (payloads, rows, inventory), or the two would wait for each other.
      await deleteContent(transaction, gone);
      const { rows } = await sql`
        update voxport_ops.inventory set state = 'gone', next_check_at = null, listed_row = null, erased_at = now()
        where source_id = ${sourceId} and conversation_id = ${conversationId} and generation = ${generation}
        returning 1
      `.execute(transaction);
      if (rows.length === 0) throw new NewerRequestError();
      // From here on nothing lands for it any more; this takes what landed between the two statements.
      await deleteContent(transaction, gone);
    });
    return true;
  } catch (error) {
    if (error instanceof NewerRequestError) return false;
    throw error;
  }
}

async function deleteContent(executor: Executor, { sourceId, conversationId }: ConversationRef): Promise<void> {
  for (const table of ['voxport_raw.payloads', 'voxport.conversations', 'voxport.initiation_failures']) {
    await sql`
      delete from ${sql.table(table)} where source_id = ${sourceId} and conversation_id = ${conversationId}
    `.execute(executor);
  }
}

/**
 * Deletes the older payloads of conversations whose transcript the source has emptied: with mirrored deletions the raw
 * store must not keep it either. What waits for the loader is left; it is older than what has been loaded, and follows
 * when that conversation is next loaded.
 */
export async function eraseOlderPayloads(
  executor: Executor,
  newest: { sourceId: string; payloads: readonly { readonly conversationId: string; readonly payloadId: number }[] },
): Promise<void> {
  if (newest.payloads.length === 0) return;
  await sql`
    delete from voxport_raw.payloads older
    using unnest(
      ${newest.payloads.map(({ conversationId }) => conversationId)}::text[], ${newest.payloads.map(({ payloadId }) => payloadId)}::int8[]
    ) as t (conversation_id, payload_id)
    join voxport_raw.payloads kept using (payload_id)
    where older.source_id = ${newest.sourceId} and older.conversation_id = t.conversation_id
      and older.payload_id <> t.payload_id and older.observed_at < kept.observed_at and older.state <> 'landed'
  `.execute(executor);
}
