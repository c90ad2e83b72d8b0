import { sql } from 'kysely';
import type { TransactionalExecutor } from '../executor.ts';
import { recordFailure, type Failure } from './failures.ts';
import { endWish } from './inventory.ts';
import { failWindow } from './windows.ts';

/** A conversation whose detail cannot be had: its dead letter and the end of the wish, in one transaction. A newer wish goes on. */
export async function failConversation(
  database: TransactionalExecutor,
  failure: Failure & { conversationId: string; version: number },
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const { sourceId, conversationId, version } = failure;
    if (await endWish(transaction, { sourceId, conversationId, version, state: 'failed' })) {
      await recordFailure(transaction, failure);
    }
  });
}

/** A window that cannot be listed: its dead letter and its end, in one transaction. */
export async function failListing(
  database: TransactionalExecutor,
  failure: Failure & { windowId: number },
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await failWindow(transaction, failure.windowId);
    await recordFailure(transaction, failure);
  });
}

/** A conversation that answers 404: the wish ends as `gone`, and rows that were loaded before keep their content and get `deleted_at`. */
export async function markGone(
  database: TransactionalExecutor,
  gone: { sourceId: string; conversationId: string; version: number },
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    if (!(await endWish(transaction, { ...gone, state: 'gone' }))) return;
    await sql`
      update voxport.conversations set deleted_at = now(), exported_at = now()
      where source_id = ${gone.sourceId} and conversation_id = ${gone.conversationId} and deleted_at is null
    `.execute(transaction);
  });
}
