import type { WantedDetail } from '@voxport/domain';
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Executor, TransactionalExecutor } from '../executor.ts';
import { compressBody } from '../raw/encoding.ts';
import { recordWebhookEvent, settleWebhookEvent, type WebhookEvent } from './record-event.ts';

/** A conversation's detail that a webhook brought, after redaction. */
export interface WebhookTranscription {
  readonly body: Uint8Array;
  readonly agentId: string | null;
  readonly startedAt: Date | null;
  readonly status: string | null;
  /** False where the webhook leaves the transcript out: it says nothing about it, so the detail is asked for. */
  /** False where its detail is to be asked for. */
  readonly hasTranscript: boolean;
}

/** What became of an event. */
export type LandedWebhook =
  | { readonly kind: 'landed'; readonly wanted: WantedDetail | null }
  | { readonly kind: 'duplicate' }
  /** The conversation was erased on request, or its deletion at the source was mirrored: nothing of it is kept. */
  | { readonly kind: 'refused' };

const refused = { state: 'ignored', message: 'The conversation was erased: nothing of it is taken in again.' } as const;

/**
 * Makes a webhook's transcription durable, in one transaction: the event, the conversation's place in the inventory,
 * the payload for the loader. An event that came before changes nothing. A detail request that waits for the detail is
 * left to its answer: the poll has the last word. The content counts as of the event's time, where that is earlier than
 * now: a delivery may be late, and must not beat what was fetched since.
 */
export async function landTranscription(
  database: TransactionalExecutor,
  event: WebhookEvent & { readonly conversationId: string },
  transcription: WebhookTranscription,
): Promise<LandedWebhook> {
  const payload = await payloadOf(transcription.body);
  return database.transaction().execute(async (transaction) => {
    const eventId = await recordWebhookEvent(transaction, event, { state: 'landed', message: null });
    if (eventId === null) return { kind: 'duplicate' };
    const place = await enterInventory(transaction, event, transcription);
    const isLanded =
      place !== null &&
      !place.isErased &&
      (await landPayload(
        transaction,
        { ...event, startedAt: transcription.startedAt },
        { ...payload, kind: 'conversation', generation: place.generation },
      ));
    if (!isLanded) {
      await settleWebhookEvent(transaction, eventId, refused);
      return { kind: 'refused' };
    }
    const { generation, state } = place;
    const isWanted = !transcription.hasTranscript && state === 'discovered';
    return {
      kind: 'landed',
      wanted: isWanted ? { conversationId: event.conversationId, generation, priority: 'live', runId: null } : null,
    };
  });
}

/**
 * Makes a call that never became a conversation durable, as the whole event after redaction; the loader makes its row.
 */
export async function landInitiationFailure(
  database: TransactionalExecutor,
  event: WebhookEvent & { readonly conversationId: string },
  body: Uint8Array,
): Promise<LandedWebhook> {
  const payload = await payloadOf(body);
  return database.transaction().execute(async (transaction) => {
    const eventId = await recordWebhookEvent(transaction, event, { state: 'landed', message: null });
    if (eventId === null) return { kind: 'duplicate' };
    if (
      await landPayload(
        transaction,
        { ...event, startedAt: null },
        { ...payload, kind: 'initiation_failure', generation: 1 },
      )
    )
      return { kind: 'landed', wanted: null };
    await settleWebhookEvent(transaction, eventId, refused);
    return { kind: 'refused' };
  });
}

/** Keeps an event of a type that this version does not know, with its body after redaction. Says whether it is new. */
export async function storeUnknownEvent(
  database: TransactionalExecutor,
  event: WebhookEvent,
  body: Uint8Array,
): Promise<boolean> {
  const encoded = await compressBody(body);
  return database.transaction().execute(async (transaction) => {
    const eventId = await recordWebhookEvent(transaction, event, { state: 'stored', message: null });
    if (eventId === null) return false;
    // An erased conversation's event stands there without its id, and so without its body too.
    await sql`
      insert into voxport_raw.webhook_bodies (event_id, size_bytes, encoding, body)
      select ${eventId}, ${body.byteLength}, 'zstd', ${encoded}
      where ${event.conversationId}::text is null or not voxport_ops.is_erased(${event.sourceId}, ${event.conversationId})
    `.execute(transaction);
    return true;
  });
}

interface EncodedPayload {
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly encoded: Buffer;
}

async function payloadOf(body: Uint8Array): Promise<EncodedPayload> {
  return {
    sha256: createHash('sha256').update(body).digest(),
    sizeBytes: body.byteLength,
    encoded: await compressBody(body),
  };
}

/**
 * Enters the conversation, or finds its place. A new one, and one that had failed or was gone before the event, counts
 * as fetched. Without a transcript its detail is wanted. Null where the conversation was erased on request.
 */
async function enterInventory(
  transaction: Executor,
  event: WebhookEvent,
  { agentId, startedAt, status, hasTranscript }: WebhookTranscription,
): Promise<{ generation: number; state: string; isErased: boolean } | null> {
  const eventAt = (event.eventAt ?? new Date()).toISOString();
  const origin = hasTranscript ? 'webhook' : 'poll';
  const { rows } = await sql<{ generation: number; state: string; isErased: boolean }>`
    insert into voxport_ops.inventory as known
      (source_id, conversation_id, state, agent_id, started_at, source_status, priority, origin, fetched_at)
    values (${event.sourceId}, ${event.conversationId}, ${hasTranscript ? 'fetched' : 'discovered'}, ${agentId},
            ${startedAt?.toISOString() ?? eventAt}::timestamptz, ${status}, 'live', ${origin}, case when ${hasTranscript} then now() end)
    on conflict (source_id, conversation_id) do update set
      (state, generation, priority, origin, wanted_at, fetched_at, attempts, last_error_class, last_error, next_check_at) = (
        select 'fetched', known.generation, known.priority, 'webhook', known.wanted_at, now(), 0, null, null, null::timestamptz
        where ${hasTranscript} and (known.state in ('failed', 'cancelled')
          or (known.state = 'gone' and known.erased_at is null and known.wanted_at < ${eventAt}::timestamptz))
        union all
        select 'discovered', known.generation + 1, 'live', 'poll', now(), null::timestamptz, 0, null, null, null::timestamptz
        where not ${hasTranscript} and known.state <> 'discovered' and known.erased_at is null
        union all
        select known.state, known.generation, known.priority, known.origin, known.wanted_at, known.fetched_at, known.attempts,
               known.last_error_class, known.last_error, known.next_check_at
        limit 1
      )
    returning generation, state, state = 'gone' and erased_at is not null as "isErased"
  `.execute(transaction);
  return rows[0] ?? null;
}

/** Says whether it landed: a payload of an erased conversation is passed over. */
async function landPayload(
  transaction: Executor,
  event: WebhookEvent & { readonly startedAt: Date | null },
  payload: EncodedPayload & { readonly kind: 'conversation' | 'initiation_failure'; readonly generation: number },
): Promise<boolean> {
  // Without a time nobody knows what the event is older than: it ranks as of the call's first second, behind whatever
  // was fetched since, and such events among themselves by their arrival, a millisecond per second (those of a call
  // that began long ago by their content).
  const start = sql`coalesce(${event.startedAt?.toISOString() ?? null}::timestamptz, 'epoch')`;
  const observedAt =
    event.eventAt === null
      ? sql`${start} + least(greatest(clock_timestamp() - ${start}, interval '0') / 1000, interval '1 second')`
      : sql`least(clock_timestamp(), ${event.eventAt.toISOString()}::timestamptz)`;
  const { rows } = await sql`
    insert into voxport_raw.payloads as p
      (source_id, conversation_id, generation, origin, observed_at, sha256, size_bytes, encoding, body, kind)
    values (${event.sourceId}, ${event.conversationId}, ${payload.generation}, 'webhook',
            ${observedAt}, ${payload.sha256}, ${payload.sizeBytes}, 'zstd',
            ${payload.encoded}, ${payload.kind})
    on conflict (source_id, conversation_id, sha256) do update set
      observed_at = greatest(p.observed_at, excluded.observed_at), generation = greatest(p.generation, excluded.generation), state = 'landed'
    returning 1
  `.execute(transaction);
  return rows.length > 0;
}
