import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/**
 * Which versions of a conversation's payload are kept. `newest`: what its rows come from. `changed`: besides, each
 * version that differs, but of a call that was not over the last one only. `all`: those too.
 */
export type RawHistory = 'newest' | 'changed' | 'all';

/**
 * Notes which payloads of conversations nothing comes from any more, and removes those that are not to be kept, in the
 * transaction that has loaded newer ones. What another holds at this moment (a reload, a landing) is left to the next
 * load.
 */
export async function supersedePayloads(
  transaction: Executor,
  loaded: { sourceId: string; conversationIds: readonly string[]; rawHistory: RawHistory },
): Promise<void> {
  const { sourceId, conversationIds, rawHistory } = loaded;
  if (conversationIds.length === 0) return;
  await sql`
    with superseded as materialized (
      select payload_id, ${isRemoved(rawHistory)} as is_removed from voxport_raw.payloads
      where payload_id in (select voxport_raw.superseded_payloads(${sourceId}, ${[...conversationIds]}::text[]))
      order by payload_id for update skip locked
    ), removed as (
      delete from voxport_raw.payloads p using superseded s where p.payload_id = s.payload_id and s.is_removed
    )
    update voxport_raw.payloads p set superseded_at = now() from superseded s where p.payload_id = s.payload_id and not s.is_removed
  `.execute(transaction);
}

/** Payloads removed by one statement. */
const batchMax = 1000;

/**
 * Removes superseded payloads of a source that were superseded longer ago than they are to be kept (`ageSecs`; null for
 * ever), or that its policy does not keep any more. At most a thousand: to be called again while it removes as many.
 * Returns how many.
 */
export async function removeSupersededPayloads(
  executor: Executor,
  query: { sourceId: string; rawHistory: RawHistory; ageSecs: number | null },
): Promise<number> {
  const { sourceId, rawHistory, ageSecs } = query;
  if (rawHistory === 'all' && ageSecs === null) return 0;
  const isOld =
    rawHistory === 'newest' ? sql`true` : sql`superseded_at < now() - ${ageSecs}::float8 * interval '1 second'`;
  const { numAffectedRows } = await sql`
    delete from voxport_raw.payloads where payload_id = any(array(
      select payload_id from voxport_raw.payloads
      where source_id = ${sourceId} and superseded_at is not null and state = 'loaded' and ${isOld}
      order by superseded_at limit ${batchMax} for update skip locked
    ))
  `.execute(executor);
  return Number(numAffectedRows ?? 0n);
}

function isRemoved(rawHistory: RawHistory) {
  return rawHistory === 'newest' ? sql`true` : rawHistory === 'changed' ? sql`is_interim` : sql`false`;
}
