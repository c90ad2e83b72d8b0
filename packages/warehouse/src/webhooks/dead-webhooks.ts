import { sql } from 'kysely';
import type { Executor, TransactionalExecutor } from '../executor.ts';
import { isMeant, type FailureFilter } from '../ops/inventory/list-failures.ts';
import { compressBody, decodeBody } from '../raw/encoding.ts';
import { storableText } from '../storable-text.ts';
import { recordWebhookEvent, type WebhookEvent } from './record-event.ts';

/** A webhook that was acknowledged and could not be read, whose failure is open. */
export interface DeadWebhook {
  readonly failureId: number;
  readonly eventId: number;
  readonly signatureAgeSecs: number;
  readonly digest: Buffer;
}

/**
 * Keeps an event that cannot be read, in one transaction: the event, its body where it may be kept, and an open failure
 * of stage `webhook`. Says whether it is new: a repetition is only counted.
 */
export async function keepDeadWebhook(
  database: TransactionalExecutor,
  event: WebhookEvent,
  dead: { readonly message: string; readonly body: Uint8Array | null },
): Promise<boolean> {
  const { message, body } = dead;
  const encoded = body === null ? null : await compressBody(body);
  return database.transaction().execute(async (transaction) => {
    const eventId = await recordWebhookEvent(transaction, event, { state: 'failed', message });
    if (eventId === null) return false;
    if (body !== null) {
      // An erased conversation's event stands there without its id, and so without its body too.
      await sql`
        insert into voxport_raw.webhook_bodies (event_id, size_bytes, encoding, body)
        select ${eventId}, ${body.byteLength}, 'zstd', ${encoded}
        where ${event.conversationId}::text is null or not voxport_ops.is_erased(${event.sourceId}, ${event.conversationId})
      `.execute(transaction);
    }
    await sql`
      insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message, event_id)
      select source_id, 'webhook', conversation_id, 'unusable_payload', ${storableText(message)}, event_id
      from voxport_ops.webhook_events where event_id = ${eventId}
    `.execute(transaction);
    return true;
  });
}

/**
 * The dead webhooks of a source that a filter means and whose bodies are kept, after a failure's number, in the order
 * of these.
 */
export async function listDeadWebhooks(
  executor: Executor,
  query: { filter: FailureFilter; sourceId: string; afterId: number; limit: number },
): Promise<DeadWebhook[]> {
  const { rows } = await sql<DeadWebhook>`
    select failure_id as "failureId", event_id as "eventId", coalesce(signature_age_secs, 0) as "signatureAgeSecs", digest
    from (select * from voxport_ops.failures where ${isMeant({ ...query.filter, sourceId: query.sourceId })}) meant
    join (select event_id, signature_age_secs, digest from voxport_ops.webhook_events where digest is not null) event using (event_id)
    where stage = 'webhook' and failure_id > ${query.afterId}
      and exists (select from voxport_raw.webhook_bodies b where b.event_id = meant.event_id)
    order by failure_id limit ${query.limit}
  `.execute(executor);
  return rows;
}

/** The body that was kept of an event, decoded; null where none was. */
export async function readWebhookBody(executor: Executor, eventId: number): Promise<Buffer | null> {
  const { rows } = await sql<{ encoding: string; sizeBytes: number; body: Buffer }>`
    select encoding, size_bytes as "sizeBytes", body from voxport_raw.webhook_bodies where event_id = ${eventId}
  `.execute(executor);
  const stored = rows[0];
  return stored === undefined ? null : Buffer.from(await decodeBody(stored));
}

/** Notes that a dead webhook was read once more, in vain. */
export async function noteUnreadAgain(executor: Executor, failureId: number): Promise<void> {
  await sql`
    update voxport_ops.failures set attempts = attempts + 1, retries = retries + 1, last_failed_at = now() where failure_id = ${failureId}
  `.execute(executor);
}
