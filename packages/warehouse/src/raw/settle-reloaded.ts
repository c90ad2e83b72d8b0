import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { markDeleted } from '../load/mark-deleted.ts';

/** What became of a payload that was loaded again. */
export interface ReloadedPayload {
  readonly payloadId: number;
  readonly isLoaded: boolean;
}

/**
 * Notes which mapping has read the payloads. One that had failed and loads now ends its failure, and the detail request
 * that it answers. Rows that somebody holds at this moment are left: what is being landed or claimed is settled by its
 * loader. That way a reload waits for nobody here, and nobody for it in a circle.
 */
export async function settleReloaded(
  transaction: Executor,
  batch: { sourceId: string; mappingVersion: number; payloads: readonly ReloadedPayload[] },
): Promise<void> {
  const { rows } = await sql<{ payloadId: number; hadFailed: boolean }>`
    with done as materialized (
      select p.payload_id, p.state, t.is_loaded
      from unnest(
        ${batch.payloads.map(({ payloadId }) => payloadId)}::int8[], ${batch.payloads.map(({ isLoaded }) => isLoaded)}::bool[]
      ) as t (payload_id, is_loaded)
      join voxport_raw.payloads p using (payload_id)
      where p.state <> 'landed'
        and (p.state, p.mapping_version) is distinct from (case when t.is_loaded then 'loaded' else 'failed' end, ${batch.mappingVersion}::int4)
      order by p.payload_id for no key update of p skip locked
    )
    update voxport_raw.payloads p
    set state = case when done.is_loaded then 'loaded' else 'failed' end, mapping_version = ${batch.mappingVersion}, loaded_at = now()
    from done where p.payload_id = done.payload_id
    returning p.payload_id as "payloadId", done.state = 'failed' and done.is_loaded as "hadFailed"
  `.execute(transaction);
  const recovered = rows.filter(({ hadFailed }) => hadFailed).map(({ payloadId }) => payloadId);
  if (recovered.length === 0) return;
  await sql`
    with recovered as materialized (
      select i.source_id, i.conversation_id
      from voxport_raw.payloads p
      join voxport_ops.inventory i on i.source_id = p.source_id and i.conversation_id = p.conversation_id
      where p.payload_id = any(${recovered}::int8[]) and i.state = 'failed' and i.generation = p.generation
      order by i.conversation_id collate "C" for update of i skip locked
    )
    update voxport_ops.inventory i set state = 'loaded', load_outcome = 'updated', loaded_at = now()
    from recovered where i.source_id = recovered.source_id and i.conversation_id = recovered.conversation_id
  `.execute(transaction);
  await sql`
    update voxport_ops.failures set resolved_at = now(), resolution = 'recovered'
    where resolved_at is null and stage = 'load' and payload_id = any(${recovered}::int8[])
  `.execute(transaction);
}

/**
 * Marks the conversations that are gone at the source and whose rows do not say so (any more), e.g. because somebody
 * deleted the rows. Of the time, what is still known is used: they were gone when they were last asked for.
 */
export async function markGoneAgain(
  transaction: Executor,
  query: { sourceId: string; conversationIds: readonly string[] },
): Promise<void> {
  const { rows } = await sql<{ conversationId: string; goneAt: string }>`
    select i.conversation_id as "conversationId",
           to_char(greatest(i.wanted_at, l.observed_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "goneAt"
    from voxport_ops.inventory i
    join voxport_ops.loaded_conversations l using (source_id, conversation_id)
    where i.source_id = ${query.sourceId} and i.conversation_id = any(${[...query.conversationIds]}::text[])
      and i.state = 'gone' and (l.gone_at is null or l.gone_at < l.observed_at)
    order by i.conversation_id collate "C"
  `.execute(transaction);
  for (const { conversationId, goneAt } of rows) {
    await markDeleted(transaction, [{ sourceId: query.sourceId, conversationId }], goneAt);
  }
}
