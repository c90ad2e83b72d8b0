import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { storableText } from '../storable-text.ts';

/** A post-call webhook whose signature holds. */
export interface WebhookEvent {
  readonly sourceId: string;
  /** As sent, e.g. `post_call_transcription`; `unreadable` for a body that is no envelope. */
  readonly type: string;
  readonly conversationId: string | null;
  /** `event_timestamp`, one-second resolution. */
  readonly eventAt: Date | null;
  readonly signatureAgeSecs: number;
  /** SHA-256 of the body as sent. */
  readonly digest: Buffer;
  /** The event of which this is a second reading: it ends with this one, and its failure is closed. */
  readonly replaces?: number | null;
}

/** What is done with an event. */
export type WebhookState = 'landed' | 'stored' | 'ignored' | 'failed';

/**
 * Records an event, once: the vendor gives no delivery id, so a delivery is known again by its bytes. Another body of
 * the same event is another event: what was acknowledged is kept. Returns its number; null when it is a repetition,
 * which is only counted.
 */
export async function recordWebhookEvent(
  transaction: Executor,
  event: WebhookEvent,
  outcome: { readonly state: WebhookState; readonly message: string | null },
): Promise<number | null> {
  const type = storableText(event.type, 200);
  const eventAt = event.eventAt?.toISOString() ?? null;
  const { digest, replaces = null } = event;
  if (replaces !== null) {
    await sql`
      update voxport_ops.failures set resolved_at = now(), resolution = 'recovered', retries = retries + 1
      where event_id = ${replaces} and resolved_at is null
    `.execute(transaction);
    await sql`delete from voxport_ops.webhook_events where event_id = ${replaces}`.execute(transaction);
  }
  const { rows } = await sql<{ eventId: number }>`
    insert into voxport_ops.webhook_events (source_id, type, conversation_id, event_at, signature_age_secs, state, message, digest)
    values (${event.sourceId}, ${type}, ${event.conversationId}, ${eventAt}::timestamptz, ${event.signatureAgeSecs}, ${outcome.state},
            ${outcome.message === null ? null : storableText(outcome.message)}, ${digest})
    on conflict do nothing
    returning event_id as "eventId"
  `.execute(transaction);
  if (rows[0] !== undefined) return rows[0].eventId;
  await sql`
    update voxport_ops.webhook_events set deliveries = deliveries + 1
    where source_id = ${event.sourceId} and type = ${type} and digest = ${digest}
  `.execute(transaction);
  return null;
}

/** Says what became of an event that is recorded already, in the same transaction. */
export async function settleWebhookEvent(
  transaction: Executor,
  eventId: number,
  outcome: { readonly state: WebhookState; readonly message: string | null },
): Promise<void> {
  await sql`
    update voxport_ops.webhook_events set state = ${outcome.state}, message = ${outcome.message === null ? null : storableText(outcome.message)}
    where event_id = ${eventId}
  `.execute(transaction);
}
