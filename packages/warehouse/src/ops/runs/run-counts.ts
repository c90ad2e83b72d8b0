import { sql, type RawBuilder } from 'kysely';
import type { Executor } from '../../executor.ts';

/** What a run that has ended did: see `RunCounts`. Columns of `runs`. */
export interface RunEndCounts {
  readonly listed: number;
  /** Not listed, but looked at again because a recheck was due. */
  readonly rechecked: number;
  readonly fetched: number;
  readonly loaded: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly gone: number;
  /** No longer wanted by anybody since the run was cancelled. */
  readonly cancelled: number;
}

export const noEndCounts: RunEndCounts = {
  listed: 0,
  rechecked: 0,
  fetched: 0,
  loaded: 0,
  unchanged: 0,
  failed: 0,
  gone: 0,
  cancelled: 0,
};

type EndedKey = keyof RunEndCounts;
type CountedKey = EndedKey | 'pending';

export const endedKeys = Object.keys(noEndCounts) as readonly EndedKey[];

/** What is counted of a run under way: the columns of `run_counts` and of `run_count_changes`. */
export const countedKeys: readonly CountedKey[] = [...endedKeys, 'pending'];

/** Something for each column of some keys, in a list. */
export function forEachCount<Key extends CountedKey>(
  keys: readonly Key[],
  of: (column: RawBuilder<unknown>, key: Key) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql.join(keys.map((key) => of(sql.ref(key), key)));
}

const columns = forEachCount(countedKeys, (column) => column);

/**
 * The rows that add up to the counts of a run that has not ended, as a query: what is folded, and what was counted
 * since. Both are read by one statement, so that nothing is missed or counted twice while they are folded.
 */
export function countsOfRun(runId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select ${columns} from voxport_ops.run_counts where run_id = ${runId}
    union all
    select ${columns} from voxport_ops.run_count_changes where run_id = ${runId} and xact >= ${countedXact(runId)}`;
}

/**
 * The start of a statement that counts something beside what the triggers of the inventory count; what is not named has
 * not changed.
 */
export function insertCountChange(
  runId: number,
  changes: Partial<Record<CountedKey, RawBuilder<unknown>>>,
): RawBuilder<unknown> {
  return sql`
      insert into voxport_ops.run_count_changes (run_id, ${columns})
      select ${runId}::int8, ${forEachCount(countedKeys, (_column, key) => changes[key] ?? sql`0`)}`;
}

/** The columns of `runs` that are set when a run ends. */
export function setEndCounts(counts: RunEndCounts): RawBuilder<unknown> {
  return forEachCount(endedKeys, (column, key) => sql`${column} = ${counts[key]}`);
}

/**
 * No change of a transaction before this one is left to be folded. In a database that was restored elsewhere the number
 * may lie in the future.
 */
function countedXact(runId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`coalesce((
    select counted_xact from voxport_ops.run_counts where run_id = ${runId} and counted_xact <= pg_snapshot_xmax(pg_current_snapshot())
  ), '0'::xid8)`;
}

/**
 * Adds what was counted since the last time to the counts of each run of a source that has not ended: whatever
 * transactions that are over have counted. Several processes may do so at once. To be called every few seconds; until
 * then the counts are as right, and cost a little more to read.
 */
export async function foldRunCounts(executor: Executor, sourceId: string): Promise<void> {
  await sql`
    insert into voxport_ops.run_counts (run_id)
    select run_id from voxport_ops.runs where source_id = ${sourceId} and state in ('running', 'paused')
    on conflict (run_id) do nothing
  `.execute(executor);
  await sql`
    with open as materialized (
      select c.run_id, case when c.counted_xact <= bound.xact then c.counted_xact else '0'::xid8 end as counted_xact, bound.xact
      from voxport_ops.run_counts c
      join voxport_ops.runs r on r.run_id = c.run_id and r.source_id = ${sourceId} and r.state in ('running', 'paused'),
           (select pg_snapshot_xmin(pg_current_snapshot()) as xact) bound
      order by c.run_id for update of c
    ), folded as (
      delete from voxport_ops.run_count_changes c using open
      where c.run_id = open.run_id and c.xact >= open.counted_xact and c.xact < open.xact
      returning c.*
    ), sums as (
      select run_id, ${forEachCount(countedKeys, (column) => sql`sum(${column}) as ${column}`)} from folded group by run_id
    )
    update voxport_ops.run_counts c
    set counted_xact = open.xact, ${forEachCount(countedKeys, (column) => sql`${column} = c.${column} + s.${column}`)}
    from sums s join open using (run_id) where c.run_id = s.run_id
  `.execute(executor);
}

/** Removes what was counted of a run that has ended: its numbers stand in its own row. */
export async function dropRunCounts(executor: Executor, runId: number): Promise<void> {
  await sql`delete from voxport_ops.run_count_changes where run_id = ${runId}`.execute(executor);
  await sql`delete from voxport_ops.run_counts where run_id = ${runId}`.execute(executor);
}
