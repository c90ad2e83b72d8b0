import { sql } from 'kysely';
import type { Origin } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { arrayLiteral } from '../load/array-literal.ts';
import { compareInLockOrder } from '../lock-order.ts';

/** A landed payload in the hands of a loader. */
export interface ClaimedPayload {
  readonly payloadId: number;
  readonly conversationId: string;
  /** What the body is: a conversation's detail, or the webhook event of a call that never became one. */
  readonly kind: 'conversation' | 'initiation_failure';
  readonly generation: number;
  readonly origin: Origin;
  /** ISO 8601 with microseconds: a Date would cut them off, and with them the order of two observations. */
  readonly observedAt: string;
  readonly sha256: Buffer;
  readonly encoding: string;
  /** Size of the decoded bytes. */
  readonly sizeBytes: number;
  /** The bytes as they are stored; empty where the claimant holds the decoded ones. */
  readonly body: Buffer;
  readonly listedRow: Readonly<Record<string, unknown>> | null;
  /** When the conversation was first listed, by the clock of the database; ISO 8601. */
  readonly discoveredAt: string | null;
  /** How many rechecks the conversation has had so far. */
  readonly checks: number;
  /** The run that wanted the conversation last, for whoever tells of a failure. */
  readonly runId: number | null;
  /** Trace of the job that landed it; null where it was not traced. */
  readonly traceparent: string | null;
}

/**
 * Takes the next landed payloads of a source, for the duration of the transaction, together with their conversations'
 * places in the inventory: a landing locks those first and the payloads second, so a loader that held only the payloads
 * would deadlock with it when it ends them (the same content fetched twice; one of 5,000 in a fleet). What another
 * loader or a landing holds is passed over: the claim never waits. In the order of the transactions that landed them,
 * from the source's position on (see `moveLandedPosition`); at most `limit`, and no more bytes than `bytesMax`: a
 * payload that is larger by itself is taken alone, so that a batch of giants does not fill the memory. The bytes of
 * payloads whose digests the claimant holds (`heldSha256s`) are not read.
 */
export async function claimPayloads(
  transaction: Executor,
  query: { sourceId: string; limit: number; bytesMax: number; heldSha256s?: readonly Uint8Array[] },
): Promise<ClaimedPayload[]> {
  const { rows } = await sql<ClaimedPayload>`
    with locked as materialized (
      select payload_id, landed_xact, conversation_id, size_bytes from voxport_raw.payloads
      where source_id = ${query.sourceId} and state = 'landed' and landed_xact >= voxport_raw.landed_from(${query.sourceId})
      order by landed_xact, payload_id limit ${query.limit} for update skip locked
    ), places as materialized (
      select i.conversation_id, i.listed_row, i.discovered_at, i.checks, i.wanted_run_id
      from (select distinct conversation_id from locked) l
      join voxport_ops.inventory i on i.source_id = ${query.sourceId} and i.conversation_id = l.conversation_id
      for update of i skip locked
    ), measured as (
      select payload_id, landed_xact, size_bytes, sum(size_bytes) over (order by landed_xact, payload_id) - size_bytes as bytes_before
      from locked l
      where exists (select 1 from places where places.conversation_id = l.conversation_id)
         or not exists (select 1 from voxport_ops.inventory k where k.source_id = ${query.sourceId} and k.conversation_id = l.conversation_id)
    )
    select p.payload_id as "payloadId", p.conversation_id as "conversationId", p.kind, p.generation, p.origin,
           to_char(p.observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "observedAt",
           p.sha256, p.encoding, p.size_bytes as "sizeBytes",
           case when p.sha256 = any(${arrayLiteral(query.heldSha256s ?? [])}::bytea[]) then ''::bytea else p.body end as body, i.listed_row as "listedRow",
           to_char(i.discovered_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "discoveredAt", coalesce(i.checks, 0) as checks, i.wanted_run_id as "runId", p.traceparent
    from measured m
    join voxport_raw.payloads p using (payload_id)
    left join places i on i.conversation_id = p.conversation_id
    where m.bytes_before = 0 or m.bytes_before + m.size_bytes <= ${query.bytesMax}
    order by m.landed_xact, p.payload_id
  `.execute(transaction);
  return rows;
}

/** What became of a claimed payload. */
export interface LoadedPayload {
  readonly payloadId: number;
  readonly conversationId: string;
  readonly generation: number;
  readonly outcome: 'inserted' | 'updated' | 'unchanged' | 'older' | 'failed';
  /** Seconds until the conversation is looked at again; null for not again. */
  readonly checkInSecs: number | null;
  /** The call was not over yet. */
  readonly isInterim?: boolean;
}

/** Ends claimed payloads, and the detail requests that they answer. A newer detail request is left alone. */
export async function settlePayloads(
  transaction: Executor,
  batch: { sourceId: string; mappingVersion: number; payloads: readonly LoadedPayload[] },
): Promise<void> {
  const payloads = batch.payloads.toSorted((a, b) => compareInLockOrder(a.conversationId, b.conversationId));
  await sql`
    with done as materialized (
      select * from unnest(
        ${payloads.map((payload) => payload.payloadId)}::int8[],
        ${payloads.map((payload) => payload.conversationId)}::text[],
        ${payloads.map((payload) => payload.generation)}::int4[],
        ${payloads.map((payload) => payload.outcome)}::text[],
        ${payloads.map((payload) => payload.checkInSecs)}::float8[],
        ${payloads.map((payload) => payload.isInterim ?? false)}::bool[]
      ) as t (payload_id, conversation_id, generation, outcome, check_in_secs, is_interim)
    ), ended as (
      update voxport_raw.payloads p
      set state = case when outcome = 'failed' then 'failed' else 'loaded' end, loaded_at = now(), mapping_version = ${batch.mappingVersion},
          is_interim = done.is_interim
      from done where p.payload_id = done.payload_id
    ), locked as materialized (
      select i.source_id, i.conversation_id, done.generation, done.outcome, done.check_in_secs
      from voxport_ops.inventory i
      join (select distinct on (conversation_id) * from done order by conversation_id, generation desc, payload_id desc) done
        on i.source_id = ${batch.sourceId} and i.conversation_id = done.conversation_id
      order by i.conversation_id collate "C"
      for update of i
    )
    update voxport_ops.inventory i
    set state = case when outcome = 'failed' then 'failed' else 'loaded' end, load_outcome = nullif(outcome, 'failed'), loaded_at = now(),
        next_check_at = now() + check_in_secs * interval '1 second',
        attempts = i.attempts + case when outcome = 'failed' then 1 else 0 end,
        (last_error_class, last_error) = (
          select max(error_class), max(message) from voxport_ops.failures f
          where outcome = 'failed' and f.source_id = i.source_id and f.stage = 'load' and f.resolved_at is null
            and coalesce(f.conversation_id, '') = i.conversation_id and coalesce(f.window_id, 0) = 0
        )
    from locked
    where i.source_id = locked.source_id and i.conversation_id = locked.conversation_id
      and i.generation <= locked.generation and i.state = 'fetched'
  `.execute(transaction);
}
