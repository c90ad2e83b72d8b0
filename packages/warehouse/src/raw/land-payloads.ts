import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { ConversationPayload } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { compressBody } from './encoding.ts';
import { compareInLockOrder } from '../lock-order.ts';

/** A payload that answers a detail request of the inventory. */
export interface Landing {
  readonly payload: ConversationPayload;
  readonly generation: number;
}

/** A landing made ready for the database. */
export interface PreparedLanding {
  readonly conversationId: string;
  readonly generation: number;
  readonly receivedAtMs: number;
  /** Turns of its transcript, where they can be compared with the count of the list row. */
  readonly turnCount?: number | null;
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly body: Buffer;
  /** Trace of the job that lands it, where it is traced. */
  readonly traceparent?: string | null;
}

/** Hashes and compresses a payload. */
export async function prepareLanding({ payload, generation }: Landing): Promise<PreparedLanding> {
  return {
    conversationId: payload.conversationId,
    generation,
    receivedAtMs: payload.receivedAtMs,
    turnCount: payload.turnCount ?? null,
    sha256: createHash('sha256').update(payload.body).digest(),
    sizeBytes: payload.body.byteLength,
    body: await compressBody(payload.body),
  };
}

/**
 * Makes payloads durable and ends their detail requests, in one statement; the conversations of a batch differ.
 * `observed_at` is the database's clock less the payload's age in this process: neither a clock that jumps nor a worker
 * that stalls between response and landing can make an old observation look new. The same content again only moves its
 * `observed_at`, and is handed to the loader once more, which finds nothing to change. One with fewer turns than its
 * list row counts does not land, unless it has none and the conversation is known: the source has removed them then.
 * Returns the conversations whose payload did not land for that.
 */
export async function landPayloads(
  executor: Executor,
  sourceId: string,
  landings: readonly PreparedLanding[],
): Promise<string[]> {
  const now = performance.now();
  const sorted = landings.toSorted((a, b) => compareInLockOrder(a.conversationId, b.conversationId));
  const starts = startsOf(sorted.map((landing) => landing.body));
  const { rows } = await sql<{ conversationId: string }>`
    with incoming as materialized (
      select t.conversation_id, t.generation, t.age_ms, t.sha256, t.size_bytes, t.traceparent, i.origin,
             coalesce(
               t.turn_count < case when jsonb_typeof(i.listed_row->'message_count') = 'number' then (i.listed_row->>'message_count')::numeric end
                 and (t.turn_count > 0 or i.loaded_at is null), false) as is_incomplete,
             substring(bodies.bytes from t.body_start for t.body_bytes) as body
      from unnest(
        ${sorted.map((landing) => landing.conversationId)}::text[],
        ${sorted.map((landing) => landing.generation)}::int4[],
        ${sorted.map((landing) => now - landing.receivedAtMs)}::float8[],
        ${sorted.map((landing) => landing.sha256)}::bytea[],
        ${sorted.map((landing) => landing.sizeBytes)}::int8[],
        ${starts}::int4[],
        ${sorted.map((landing) => landing.body.byteLength)}::int4[],
        ${sorted.map((landing) => landing.traceparent ?? null)}::text[],
        ${sorted.map((landing) => landing.turnCount ?? null)}::int4[]
      ) as t (conversation_id, generation, age_ms, sha256, size_bytes, body_start, body_bytes, traceparent, turn_count)
      -- One parameter of bytes, cut by Postgres: in an array of bytea each body would go as text, two digits a byte.
      cross join (select ${Buffer.concat(sorted.map((landing) => landing.body))}::bytea as bytes) as bodies
      join voxport_ops.inventory i on i.source_id = ${sourceId} and i.conversation_id = t.conversation_id
      -- An answer that was under way when the conversation was erased must not bring it back.
      where not (i.state = 'gone' and i.erased_at is not null)
      order by t.conversation_id collate "C"
      for update of i
    ), stored as (
      insert into voxport_raw.payloads as p
        (source_id, conversation_id, generation, origin, observed_at, sha256, size_bytes, encoding, body, traceparent)
      select ${sourceId}, conversation_id, generation, origin, clock_timestamp() - age_ms * interval '1 millisecond', sha256, size_bytes, 'zstd', body, traceparent
      from incoming where not is_incomplete
      on conflict (source_id, conversation_id, sha256) do update set
        observed_at = greatest(p.observed_at, excluded.observed_at), generation = greatest(p.generation, excluded.generation),
        -- What could not be loaded may be damaged: what came now is whole.
        (body, encoding, size_bytes) = (
          select excluded.body, excluded.encoding, excluded.size_bytes where p.state = 'failed'
          union all select p.body, p.encoding, p.size_bytes where p.state <> 'failed'),
        origin = excluded.origin, state = 'landed', traceparent = excluded.traceparent
    ), ended as (
      update voxport_ops.inventory i set state = 'fetched', fetched_at = now(), last_error_class = null, last_error = null
      from incoming
      where i.source_id = ${sourceId} and i.conversation_id = incoming.conversation_id and not is_incomplete
        and i.generation = incoming.generation and i.state in ('discovered', 'failed', 'cancelled')
    )
    select conversation_id as "conversationId" from incoming where is_incomplete
  `.execute(executor);
  return rows.map(({ conversationId }) => conversationId);
}

/** Where each of several bodies starts in all of them together; Postgres counts from 1. */
function startsOf(bodies: readonly Buffer[]): number[] {
  let start = 1;
  return bodies.map((body) => {
    const own = start;
    start += body.byteLength;
    return own;
  });
}
