import { sql } from 'kysely';
import type { ListedConversation } from '@voxport/domain';
import type { Executor } from '../../executor.ts';

/** What a backfill would make of listed conversations. */
export interface ListedClasses {
  /** Not known, or never fetched: to be fetched. */
  readonly new: number;
  /** Its list row has changed, or it failed or was gone when it was last asked for: to be fetched. */
  readonly changed: number;
  /** Another run wants it already, and fetches it. */
  readonly pending: number;
  /** Up to date. */
  readonly known: number;
  /** Erased on request: not taken in. */
  readonly erased: number;
}

/**
 * Says what a backfill would make of conversations as they are listed; nothing is written. Each is to be given once.
 */
export async function classifyListed(
  executor: Executor,
  listing: {
    sourceId: string;
    conversations: readonly Pick<ListedConversation, 'conversationId' | 'fingerprint'>[];
  },
): Promise<ListedClasses> {
  const { sourceId, conversations } = listing;
  const { rows } = await sql<ListedClasses>`
    with fates as (
      select case
        when i.conversation_id is null and voxport_ops.is_erased(${sourceId}, id) then 'erased'
        when i.conversation_id is null or (i.state = 'cancelled' and i.load_outcome is null) then 'new'
        when i.state = 'discovered' then 'pending'
        -- The same as discovering them would decide, for a backfill.
        when voxport_ops.is_row_changed(i.list_fingerprint, fingerprint) or i.state in ('gone', 'cancelled', 'failed') then 'changed'
        else 'known' end as fate
      from unnest(
        ${conversations.map(({ conversationId }) => conversationId)}::text[], ${conversations.map(({ fingerprint }) => fingerprint)}::text[]
      ) as t (id, fingerprint)
      left join voxport_ops.inventory i on i.source_id = ${sourceId} and i.conversation_id = id
    )
    select count(*) filter (where fate = 'new') as new, count(*) filter (where fate = 'changed') as changed,
           count(*) filter (where fate = 'pending') as pending, count(*) filter (where fate = 'known') as known,
           count(*) filter (where fate = 'erased') as erased
    from fates
  `.execute(executor);
  return rows[0]!;
}

/** What is known of a source's pace: null where nothing is yet. */
export interface SourcePace {
  readonly inFlightLimit: number | null;
  readonly detailLatencyMs: number | null;
}

/** Reads the pace of a source. */
export async function readSourcePace(executor: Executor, sourceId: string): Promise<SourcePace> {
  const { rows } = await sql<SourcePace>`
    select in_flight_limit as "inFlightLimit", detail_latency_ms as "detailLatencyMs" from voxport_ops.sources where source_id = ${sourceId}
  `.execute(executor);
  return rows[0] ?? { inFlightLimit: null, detailLatencyMs: null };
}
