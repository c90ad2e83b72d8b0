import type { Outline } from '../model/outline.ts';
import type { World } from '../model/world.ts';
import { filterHashOf, readCursor, writeCursor } from './cursor.ts';
import { makeFilter, type Filter } from './filters.ts';
import { invalid, type Problem } from './problem.ts';
import { makeQueryReader } from './query-reader.ts';
import { indexRangeOf, select, type IndexRange, type TimeBounds } from './select.ts';

/** One page, before a dialect renders it. */
export interface ListPage {
  readonly outlines: readonly Outline[];
  readonly nextCursor: string | null;
  readonly hasMore: boolean;
  readonly withSummary: boolean;
  readonly dataCollectionIds: readonly string[];
  readonly evaluationCriteriaIds: readonly string[];
  /** How many conversations the whole list has; null where nobody asked for it. */
  readonly totalCount: number | null;
}

/** What the list depends on besides the query. */
export interface ListSettings {
  readonly timeBounds: TimeBounds;
  readonly summaryMode: 'include' | 'exclude';
  /** A cursor with a lower serial number has expired. */
  readonly cursorsValidFrom: number;
  readonly cursorSerial: () => number;
  readonly cursorLifetimeMs: number;
  /** Counting may walk through the whole range: only where the dialect tells the count. */
  readonly countsAll: boolean;
}

const invalidCursor: Problem = {
  status: 400,
  code: 'invalid_cursor',
  message: 'The cursor is invalid or expired.',
  param: 'cursor',
};

/** Answers a list query: the page, or the problem with the query. */
export function listPage(world: World, params: URLSearchParams, settings: ListSettings): ListPage | Problem {
  const query = makeQueryReader(params);
  const pageSize = query.integer('page_size') ?? 30;
  const after = query.integer('call_start_after_unix');
  const before = query.integer('call_start_before_unix');
  const isDescending = query.word('sort_direction', ['asc', 'desc']) !== 'asc';
  const withSummary = (query.word('summary_mode', ['include', 'exclude']) ?? settings.summaryMode) === 'include';
  const filter = makeFilter(query);
  if (query.issues.length > 0) return invalid(query.issues);
  if (pageSize < 1 || pageSize > 100)
    return {
      status: 400,
      code: 'invalid_page_size',
      message: 'page_size must be between 1 and 100.',
      param: 'page_size',
    };

  const range = indexRangeOf(world, after, before, settings.timeBounds);
  const filterHash = filterHashOf(params);
  let { first, end } = range;
  const cursorText = query.text('cursor');
  if (cursorText !== null && cursorText !== '') {
    const cursor = readCursor(cursorText);
    const nowMs = world.nowMs();
    if (cursor === null || cursor.filterHash !== filterHash) return invalidCursor;
    if (cursor.serial < settings.cursorsValidFrom || cursor.issuedAtMs + settings.cursorLifetimeMs < nowMs)
      return invalidCursor;
    if (isDescending) end = Math.min(end, cursor.lastIndex);
    else first = Math.max(first, cursor.lastIndex + 1);
  }

  const outlines: Outline[] = [];
  let hasMore = false;
  for (const outline of select(world, { first, end }, isDescending, filter)) {
    if (outlines.length === pageSize) {
      hasMore = true;
      break;
    }
    outlines.push(outline);
  }
  const last = outlines.at(-1);
  return {
    outlines,
    hasMore,
    nextCursor:
      hasMore && last !== undefined
        ? writeCursor({ lastIndex: last.index, filterHash, issuedAtMs: world.nowMs(), serial: settings.cursorSerial() })
        : null,
    withSummary,
    dataCollectionIds: query.list('data_collection_ids'),
    evaluationCriteriaIds: query.list('evaluation_criteria_ids'),
    totalCount: settings.countsAll ? countAll(world, params, range, filter) : null,
  };
}

const unfilteredParameters: ReadonlySet<string> = new Set([
  'cursor',
  'page_size',
  'summary_mode',
  'sort_direction',
  'call_start_after_unix',
  'call_start_before_unix',
]);

/** Counts a whole list; at once where nothing is filtered and nothing was changed. */
function countAll(world: World, params: URLSearchParams, range: IndexRange, filter: Filter): number {
  const isFiltered = [...params.keys()].some((name) => !unfilteredParameters.has(name));
  if (!isFiltered && world.patches.size === 0) return Math.max(0, range.end - range.first);
  let count = 0;
  for (const _ of select(world, range, true, filter)) count += 1;
  return count;
}
