import { sql } from 'kysely';
import { newTrail, passedRange, subtractRanges } from '@voxport/domain';
import type { Dialect, ListFilters, ListingTrail, OpenListing, TimeRange } from '@voxport/domain';
import type { OpenTransaction } from '../../executor.ts';

/** What has been listed of a source with some filters, and what is being listed. */
export interface ListingState {
  /** By the clock of the database. */
  readonly now: Date;
  readonly settled: readonly TimeRange[];
  readonly open: readonly OpenListing[];
}

interface ListingRow {
  readonly now: Date;
  readonly dialect: Dialect;
  readonly settled: readonly StoredRange[];
  readonly open: readonly (StoredRange & {
    readonly trail: Partial<ListingTrail>;
    readonly isCounted: boolean;
    readonly isAwaited: boolean;
  })[];
}

/** Times in Unix seconds. */
interface StoredRange {
  readonly after: number | null;
  readonly before: number;
}

/**
 * Reads it in one statement: a window that is listed to its end meanwhile is either open or covered, never neither.
 * Windows with fewer filters list what is wanted too.
 */
export async function readListing(
  transaction: OpenTransaction,
  scope: { sourceId: string; filters: ListFilters },
): Promise<ListingState> {
  const filters = JSON.stringify(scope.filters);
  const { rows } = await sql<ListingRow>`
    select now() as now, s.dialect,
      (select coalesce(json_agg(json_build_object('after', extract(epoch from lower(r)), 'before', extract(epoch from upper(r)))), '[]')
       from voxport_ops.coverage c, unnest(c.settled) as r
       where c.source_id = s.source_id and c.dialect = s.dialect and voxport_ops.covers(c.filters, ${filters}::jsonb)) as settled,
      (select coalesce(json_agg(json_build_object(
          'after', extract(epoch from w.range_after), 'before', extract(epoch from least(w.range_before, date_trunc('second', w.created_at))),
          'trail', w.trail, 'isCounted', w.total_count is not null, 'isAwaited', w.pages = 0 and r.state = 'running')), '[]')
       from voxport_ops.windows w join voxport_ops.runs r using (run_id)
       where w.source_id = s.source_id and w.state = 'open' and voxport_ops.covers(w.filters, ${filters}::jsonb)) as open
    from voxport_ops.sources s where s.source_id = ${scope.sourceId}
  `.execute(transaction);
  const { now, dialect, settled, open } = rows[0]!;
  return { now, settled: settled.map(toRange), open: open.map((window) => toOpen(window, dialect)) };
}

function toOpen({ trail, isCounted, isAwaited, ...stored }: ListingRow['open'][number], dialect: Dialect): OpenListing {
  const range = toRange(stored);
  // As the pages add it to the coverage: see savePage.
  const isOrderKnown = dialect === 'elevenlabs' && !isCounted;
  const passed = passedRange(range, { ...newTrail, ...trail }, { isOrderKnown });
  const [rest] = subtractRanges([range], passed === null ? [] : [passed]);
  return { rest: rest ?? { after: range.before, before: range.before }, isAwaited };
}

function toRange({ after, before }: StoredRange): TimeRange {
  return { after: after === null ? null : new Date(after * 1000), before: new Date(before * 1000) };
}
