import { sql, type RawBuilder } from 'kysely';
import type { Executor } from '../../executor.ts';

/**
 * Adds what was counted since the last time to the counts of a source's inventory: whatever transactions that are over
 * have counted. Several processes may do so at once. To be called every few seconds; until then the counts are as
 * right, and cost a little more to read.
 */
export async function foldInventoryCounts(executor: Executor, sourceId: string): Promise<void> {
  await sql`
    insert into voxport_ops.counted_positions (source_id) values (${sourceId}) on conflict (source_id) do nothing
  `.execute(executor);
  await sql`
    with position as materialized (
      select source_id, case when counted_xact <= bound.xact then counted_xact else '0'::xid8 end as counted_xact, bound.xact
      from voxport_ops.counted_positions p, (select pg_snapshot_xmin(pg_current_snapshot()) as xact) bound
      where source_id = ${sourceId} for update of p
    ), folded as (
      delete from voxport_ops.inventory_count_changes c using position
      where c.source_id = ${sourceId} and c.xact >= position.counted_xact and c.xact < position.xact
      returning c.*
    ), folded_versions as (
      delete from voxport_ops.loaded_count_changes c using position
      where c.source_id = ${sourceId} and c.xact >= position.counted_xact and c.xact < position.xact
      returning c.*
    ), days as (
      insert into voxport_ops.inventory_days as d (source_id, day, discovered, fetched, loaded, failed, gone, cancelled, never_loaded)
      select source_id, day, sum(discovered), sum(fetched), sum(loaded), sum(failed), sum(gone), sum(cancelled), sum(never_loaded)
      from folded group by source_id, day order by day
      on conflict (source_id, day) do update set
        discovered = d.discovered + excluded.discovered, fetched = d.fetched + excluded.fetched, loaded = d.loaded + excluded.loaded, failed = d.failed + excluded.failed,
        gone = d.gone + excluded.gone, cancelled = d.cancelled + excluded.cancelled, never_loaded = d.never_loaded + excluded.never_loaded
    ), versions as (
      insert into voxport_ops.loaded_versions as v (source_id, mapping_version, conversations)
      select source_id, mapping_version, sum(conversations) from folded_versions group by source_id, mapping_version order by mapping_version
      on conflict (source_id, mapping_version) do update set conversations = v.conversations + excluded.conversations
    )
    update voxport_ops.counted_positions p set counted_xact = position.xact
    from position
    where p.source_id = position.source_id and (exists (select from folded) or exists (select from folded_versions))
  `.execute(executor);
}

/**
 * Counts a source's conversations one by one and corrects its counts: for a database whose rows were put there past the
 * triggers that count. Reads all of the inventory of the source; nobody waits for it. Returns how many days and mapping
 * versions were counted wrong.
 */
export async function countInventoryAnew(executor: Executor, sourceId: string): Promise<number> {
  const { rows } = await sql<{ wrong: number }>`select voxport_ops.count_anew(${sourceId}) as wrong`.execute(executor);
  return rows[0]!.wrong;
}

/**
 * Where a statement reads the days of a source's inventory from, as a query: what is folded, and what was counted
 * since; of the days that `of` names.
 */
export function inventoryDays(sourceId: string, of: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select day, discovered, fetched, loaded, failed, gone, cancelled, never_loaded from voxport_ops.inventory_days where source_id = ${sourceId} and ${of}
    union all
    select day, discovered, fetched, loaded, failed, gone, cancelled, never_loaded from voxport_ops.inventory_count_changes
    where source_id = ${sourceId} and xact >= (select voxport_ops.counted_from(${sourceId})) and ${of}`;
}

/** The same for the conversations that are loaded, by the mapping version of their rows. */
export function loadedVersions(sourceId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select mapping_version, conversations from voxport_ops.loaded_versions where source_id = ${sourceId}
    union all
    select mapping_version, conversations from voxport_ops.loaded_count_changes
    where source_id = ${sourceId} and xact >= (select voxport_ops.counted_from(${sourceId}))`;
}
