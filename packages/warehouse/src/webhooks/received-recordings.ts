import { sql } from 'kysely';
import type { TransactionalExecutor } from '../executor.ts';
import { recordWebhookEvent, settleWebhookEvent, type WebhookEvent } from './record-event.ts';

/** A recording that a webhook brought, and that lies in the store. */
export interface ReceivedRecording {
  readonly location: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Notes a recording that a webhook brought and that lies in the store: in the row of its conversation, or, where that
 * is not loaded yet, to wait for it. `refused`: the conversation was erased on request, and the caller removes the
 * bytes.
 */
export async function receiveRecording(
  database: TransactionalExecutor,
  event: WebhookEvent & { readonly conversationId: string },
  stored: ReceivedRecording,
): Promise<'stored' | 'duplicate' | 'refused'> {
  const { sourceId, conversationId } = event;
  return database.transaction().execute(async (transaction) => {
    const eventId = await recordWebhookEvent(transaction, event, { state: 'landed', message: null });
    if (eventId === null) return 'duplicate';
    const waiting = await sql`
      insert into voxport_ops.received_recordings (source_id, conversation_id, location, content_type, size_bytes, sha256)
      values (${sourceId}, ${conversationId}, ${stored.location}, ${stored.contentType}, ${stored.sizeBytes}, ${stored.sha256})
      on conflict (source_id, conversation_id) do update set
        location = excluded.location, content_type = excluded.content_type, size_bytes = excluded.size_bytes, sha256 = excluded.sha256,
        received_at = now()
      returning 1
    `.execute(transaction);
    if (waiting.rows.length === 0) {
      await settleWebhookEvent(transaction, eventId, {
        state: 'ignored',
        message: 'The conversation was erased: nothing of it is taken in again.',
      });
      return 'refused';
    }
    // A job that is fetching the same recording finds that it is no longer wanted.
    const { rows } = await sql`
      update voxport.recordings set state = 'stored', location = ${stored.location}, content_type = ${stored.contentType},
        size_bytes = ${stored.sizeBytes}, sha256 = ${stored.sha256}, stored_at = now(), next_attempt_at = null, queued_at = null,
        last_error_class = null, last_error = null
      where source_id = ${sourceId} and conversation_id = ${conversationId} returning 1
    `.execute(transaction);
    if (rows.length > 0) {
      await sql`
        delete from voxport_ops.received_recordings where source_id = ${sourceId} and conversation_id = ${conversationId}
      `.execute(transaction);
    }
    return 'stored';
  });
}
