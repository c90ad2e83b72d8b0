import { type ListFilters, TerminalFailure, type TimeRange } from '@voxport/domain';
import { filterNames } from './filter-kinds.ts';

/** The most rows a page may have; both APIs refuse more. */
const pageSizeMax = 100;

/**
 * Builds the query of a list request, without the `?`.
 *
 * `range` is asked for one second wider on both sides: whether the APIs include their bounds is undocumented, and start
 * times have whole seconds only. `keepInRange` takes the surplus off again. Null asks without bounds of time.
 * Lists are repeated keys. `summary_mode=exclude`, because the detail has the summary and the pages stay small.
 * `sort_direction` is not sent: proxies lack it. The same filters go with a cursor as without.
 * Throws a `TerminalFailure` (`invalid_request`) for a page size outside 1 to 100 or a range that is none.
 */
export function listQuery(request: {
  range: TimeRange | null;
  cursor: string | null;
  pageSize: number;
  filters: ListFilters;
}): string {
  const { range, cursor, pageSize, filters } = request;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > pageSizeMax) {
    throw new TerminalFailure(
      'invalid_request',
      `page size must be a whole number from 1 to ${pageSizeMax}, not ${pageSize}.`,
    );
  }
  const query = new URLSearchParams();
  if (range !== null) appendRange(query, range);
  for (const name of filterNames) {
    const value = filters[name];
    if (value === undefined) continue;
    for (const item of typeof value === 'object' ? value : [value]) query.append(name, String(item));
  }
  query.append('page_size', String(pageSize));
  query.append('summary_mode', 'exclude');
  if (cursor !== null) query.append('cursor', cursor);
  return query.toString();
}

function appendRange(query: URLSearchParams, { after, before }: TimeRange): void {
  const afterSecs = after === null ? null : Math.floor(after.getTime() / 1000);
  const beforeSecs = Math.ceil(before.getTime() / 1000);
  if (Number.isNaN(beforeSecs) || Number.isNaN(afterSecs) || (afterSecs !== null && afterSecs >= beforeSecs)) {
    throw new TerminalFailure(
      'invalid_request',
      `the range from ${String(after)} to ${String(before)} is empty or no range of times.`,
    );
  }
  if (afterSecs !== null) query.append('call_start_after_unix', String(Math.max(0, afterSecs - 1)));
  query.append('call_start_before_unix', String(beforeSecs + 1));
}
