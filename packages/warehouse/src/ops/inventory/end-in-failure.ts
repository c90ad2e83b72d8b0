import { sql } from 'kysely';
import type { TransactionalExecutor } from '../../executor.ts';
import { markDeleted } from '../../load/mark-deleted.ts';
import { keepUnusablePayload } from '../../raw/keep-unusable-payload.ts';
import { closeReplacedFailures } from '../coverage/add-coverage.ts';
import { recordFailure, type Failure } from './failures.ts';
import { keepOnlyReceived } from './keep-received.ts';
import { endDetailRequest } from './inventory.ts';
import { recordSetUpFailure } from './set-up-failure.ts';
import { failWindow } from '../windows/windows.ts';

/**
 * A conversation whose detail cannot be had: its dead letter and the end of the detail request, in one transaction. A
 * newer detail request continues. The answer that could not be used, where one came, is kept with the dead letter.
 */
export async function failConversation(
  database: TransactionalExecutor,
  failure: Omit<Failure, 'payloadId'> & { conversationId: string; generation: number; body: Uint8Array | null },
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const { sourceId, conversationId, generation, body, attempts, code, message } = failure;
    const lastAttempt = { attempts, code, message };
    if (!(await endDetailRequest(transaction, { sourceId, conversationId, generation, state: 'failed', lastAttempt })))
      return;
    if (await recordSetUpFailure(transaction, { ...failure, payloadId: null })) return;
    const payloadId =
      body === null ? null : await keepUnusablePayload(transaction, { sourceId, conversationId, generation, body });
    await recordFailure(transaction, { ...failure, payloadId });
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
    await closeReplacedFailures(transaction, failure.windowId);
  });
}

/**
 * A conversation that answers 404: the detail request ends as `gone`, and rows that were loaded before keep their
 * content and get `deleted_at`. One that only webhooks have told of stays as it is.
 */
export async function markGone(
  database: TransactionalExecutor,
  gone: { sourceId: string; conversationId: string; generation: number },
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    if (await keepOnlyReceived(transaction, gone)) return;
    if (!(await endDetailRequest(transaction, { ...gone, state: 'gone' }))) return;
    const { sourceId, conversationId } = gone;
    // By the clock that stamps the observations, or a worker's clock that is slow would place the end before the last
    // of them.
    const { rows } = await sql<{ at: string }>`
      select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
    `.execute(transaction);
    await markDeleted(transaction, [{ sourceId, conversationId }], rows[0]!.at);
  });
}
