import { sql } from 'kysely';
import type { ListFilters, MissingHold } from '@voxport/domain';
import type { Executor } from '../../executor.ts';

/** A range of call starts that a source is to list and has not. */
export interface MissingRange extends MissingHold {
  /** Null: from the beginning. */
  readonly after: Date | null;
  readonly before: Date;
  /** Nothing newer has been listed or planned: it reaches up to now. */
  readonly isNewest: boolean;
}

/** How much of what a source is to list has been listed. */
export interface SourceCoverage {
  readonly sourceId: string;
  /** The list filters of its syncs. */
  readonly filters: ListFilters;
  /** The first call start that its syncs list; null from the beginning. */
  readonly since: Date | null;
  /** Every call that started before this time has been listed. */
  readonly completeUntil: Date | null;
  /** The newest call start that has been listed. */
  readonly listedUntil: Date | null;
  /** How many ranges are missing; what came since the last sync, and waits for the next one, is none. */
  readonly missingCount: number;
  /**
   * The largest ones, those without a beginning first, then in the order of their call starts where they are as large.
   */
  readonly missing: readonly MissingRange[];
}

/**
 * Reads the coverage of every source that was ever registered, with at most `rangesMax` ranges that are missing of
 * each.
 */
export async function readMissingCoverage(executor: Executor, rangesMax: number): Promise<SourceCoverage[]> {
  const { rows } = await sql<Omit<SourceCoverage, 'missing'> & { missing: StoredRange[] }>`
    with missing as (
      select *, count(*) over (partition by source_id) as missing_count,
             row_number() over (partition by source_id order by missing_before - missing_after desc nulls first, missing_before) as rank
      from voxport_ops.missing_coverage where not (is_newest and reason = 'next_sync')
    )
    select c.source_id as "sourceId", c.filters, c.since, c.complete_until as "completeUntil", c.listed_until as "listedUntil",
           coalesce(max(m.missing_count), 0) as "missingCount",
           coalesce(json_agg(json_build_object('after', extract(epoch from m.missing_after), 'before', extract(epoch from m.missing_before),
             'reason', m.reason, 'isNewest', m.is_newest, 'windows', m.windows, 'windowId', m.window_id, 'errorClass', m.error_class)
             order by m.rank) filter (where m.rank <= ${rangesMax}), '[]') as missing
    from voxport_ops.source_coverage c left join missing m on m.source_id = c.source_id and m.rank <= greatest(1, ${rangesMax}::int4)
    group by c.source_id, c.filters, c.since, c.complete_until, c.listed_until
    order by c.source_id
  `.execute(executor);
  return rows.map(({ missing, ...source }) => ({ ...source, missing: missing.map(toRange) }));
}

/** Times in Unix seconds. */
interface StoredRange extends Omit<MissingRange, 'after' | 'before'> {
  readonly after: number | null;
  readonly before: number;
}

function toRange({ after, before, ...rest }: StoredRange): MissingRange {
  return { after: after === null ? null : new Date(after * 1000), before: new Date(before * 1000), ...rest };
}
