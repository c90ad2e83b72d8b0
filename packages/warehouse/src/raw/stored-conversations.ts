import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import type { ClaimedPayload } from './claim-payloads.ts';

/** Which conversations of a source are meant; null for no such condition. */
export interface StoredSelection {
  readonly sourceId: string;
  /** First call start, as listed. */
  readonly from: Date | null;
  /** Call starts before this time. */
  readonly to: Date | null;
  readonly agentId: string | null;
  readonly conversationIds: readonly string[] | null;
}

/** Counts the conversations and payloads that have been in the loader's hands: what a reload has to do. */
export async function countStoredConversations(
  executor: Executor,
  selection: StoredSelection,
): Promise<{ conversations: number; payloads: number }> {
  const { rows } = await sql<{ conversations: number; payloads: number }>`
    select count(distinct p.conversation_id) as conversations, count(*) as payloads ${storedPayloads(selection)}
  `.execute(executor);
  return rows[0]!;
}

/**
 * The next conversations of a walk through the raw store, in the order of their ids: at most `limit`, and no more
 * payload bytes (decoded) than `bytesMax`, unless those of the first are more. Empty when the walk is over.
 */
export async function nextStoredConversations(
  executor: Executor,
  walk: StoredSelection & { after: string; limit: number; bytesMax: number },
): Promise<string[]> {
  const { rows } = await sql<{ conversationId: string }>`
    with next as (
      select p.conversation_id, sum(p.size_bytes) as bytes
      ${storedPayloads(walk)} and p.conversation_id > ${walk.after}
      group by p.conversation_id order by p.conversation_id limit ${walk.limit}
    ), measured as (
      select conversation_id, bytes, sum(bytes) over (order by conversation_id) - bytes as bytes_before from next
    )
    select conversation_id as "conversationId" from measured
    where bytes_before = 0 or bytes_before + bytes <= ${walk.bytesMax} order by conversation_id
  `.execute(executor);
  return rows.map((row) => row.conversationId);
}

/**
 * `loaded_at` tells what the loader has had: what has only landed is its to load, and an answer kept as evidence was
 * never a payload.
 */
function storedPayloads({ sourceId, from, to, agentId, conversationIds }: StoredSelection) {
  return sql`
    from voxport_raw.payloads p
    left join voxport_ops.inventory i on i.source_id = p.source_id and i.conversation_id = p.conversation_id
    where p.source_id = ${sourceId} and p.loaded_at is not null
      and (${from?.toISOString() ?? null}::timestamptz is null or i.started_at >= ${from?.toISOString() ?? null})
      and (${to?.toISOString() ?? null}::timestamptz is null or i.started_at < ${to?.toISOString() ?? null})
      and (${agentId}::text is null or i.agent_id = ${agentId})
      and (${conversationIds}::text[] is null or p.conversation_id = any(${conversationIds}))
  `;
}

/**
 * Takes all payloads of some conversations that the loader has had, for the duration of the transaction. The weakest
 * lock that keeps them from being deleted or claimed meanwhile; landing the same content again continues. A loader
 * passes over what is held here, so nobody waits in a circle.
 */
export async function holdStoredPayloads(
  transaction: Executor,
  query: { sourceId: string; conversationIds: readonly string[] },
): Promise<ClaimedPayload[]> {
  const locked = await sql<{ payloadId: number }>`
    select payload_id as "payloadId" from voxport_raw.payloads
    where source_id = ${query.sourceId} and conversation_id = any(${[...query.conversationIds]}::text[]) and loaded_at is not null
    order by conversation_id collate "C", payload_id for key share
  `.execute(transaction);
  // A statement of its own, so that it sees what was committed while the locks were waited for.
  const { rows } = await sql<ClaimedPayload>`
    select p.payload_id as "payloadId", p.conversation_id as "conversationId", p.kind, p.generation, p.origin,
           to_char(p.observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "observedAt",
           p.sha256, p.encoding, p.size_bytes as "sizeBytes", p.body, i.listed_row as "listedRow",
           to_char(i.discovered_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "discoveredAt", coalesce(i.checks, 0) as checks,
           i.wanted_run_id as "runId", null as traceparent
    from voxport_raw.payloads p
    left join voxport_ops.inventory i on i.source_id = p.source_id and i.conversation_id = p.conversation_id
    where p.payload_id = any(${locked.rows.map(({ payloadId }) => payloadId)}::int8[])
    order by p.conversation_id, p.payload_id
  `.execute(transaction);
  return rows;
}
