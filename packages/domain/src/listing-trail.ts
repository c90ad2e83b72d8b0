import { createHash } from 'node:crypto';
import type { ListedConversation } from './conversation.ts';
import type { TimeRange } from './time-range.ts';

/**
 * What is remembered of a listing on its way through a window, as JSON beside the window's cursor: enough to tell a
 * listing that goes round in circles, and to begin again without listing everything again. Times are Unix seconds, the
 * resolution of a call start.
 */
export interface ListingTrail {
  /** Pages since the listing (re)started. */
  readonly pages: number;
  /** Pages without a row, one after the other. */
  readonly emptyPages: number;
  /** The newest call start seen since the listing (re)started. */
  readonly newestSecs: number | null;
  /** The oldest call start seen so far. */
  readonly oldestSecs: number | null;
  /** False once a row came that is newer than one before it: what is listed is then no stretch of time. */
  readonly isNewestFirst: boolean;
  /** Where the listing starts since its last restart: calls before this second. Null: at the end of the window. */
  readonly beforeSecs: number | null;
  /** The oldest call start seen when it was last restarted. */
  readonly restartSecs: number | null;
  /** Restarts since which nothing older was seen. */
  readonly idleRestarts: number;
  /** Digest of the last page that had rows. */
  readonly lastPage: string | null;
  /** Brent's mark: cursor and page digest of the last page whose number is a power of two. */
  readonly mark: { readonly cursor: string; readonly page: string } | null;
}

/** A listing that has not begun. */
export const newTrail: ListingTrail = {
  pages: 0,
  emptyPages: 0,
  newestSecs: null,
  oldestSecs: null,
  isNewestFirst: true,
  beforeSecs: null,
  restartSecs: null,
  idleRestarts: 0,
  lastPage: null,
  mark: null,
};

/** Why a listing cannot continue with the cursor that it was given. */
export type ListingProblem = 'repeated_page' | 'cursor_loop' | 'empty_pages';

/** So many pages without a row may follow one another: a source that filters after paging gives some. */
const emptyPagesMax = 20;

/**
 * Takes note of a page. A listing that goes round is told by Brent's method, which needs one mark and no memory of all
 * pages: the cursor or the page of a circle meets the mark again within twice the circle's length. A page that is the
 * one before it is told at once.
 */
export function observePage(
  trail: ListingTrail,
  page: {
    readonly conversations: readonly Pick<ListedConversation, 'conversationId' | 'startedAt'>[];
    readonly nextCursor: string | null;
    readonly hasMore: boolean;
  },
): { readonly trail: ListingTrail; readonly problem: ListingProblem | null } {
  const { conversations, nextCursor, hasMore } = page;
  let { newestSecs, oldestSecs, isNewestFirst } = trail;
  for (const { startedAt } of conversations) {
    if (startedAt === null) continue;
    const secs = Math.floor(startedAt.getTime() / 1000);
    if (oldestSecs !== null && secs > oldestSecs) isNewestFirst = false;
    newestSecs = Math.max(newestSecs ?? secs, secs);
    oldestSecs = Math.min(oldestSecs ?? secs, secs);
  }
  const pages = trail.pages + 1;
  const hasRows = conversations.length > 0;
  const digest = hasRows ? digestOf(conversations.map(({ conversationId }) => conversationId).toSorted()) : null;
  const cursor = nextCursor === null ? '' : digestOf([nextCursor]);
  const emptyPages = hasRows ? 0 : trail.emptyPages + 1;
  const isPowerOfTwo = (pages & (pages - 1)) === 0;
  const next: ListingTrail = {
    ...trail,
    pages,
    emptyPages,
    newestSecs,
    oldestSecs,
    isNewestFirst,
    lastPage: digest ?? trail.lastPage,
    mark: isPowerOfTwo ? { cursor, page: digest ?? '' } : trail.mark,
  };
  return { trail: next, problem: hasMore ? problemOf(trail, { digest, cursor, emptyPages }) : null };
}

function problemOf(
  { lastPage, mark }: ListingTrail,
  page: { digest: string | null; cursor: string; emptyPages: number },
): ListingProblem | null {
  if (page.digest !== null && (page.digest === lastPage || page.digest === mark?.page)) return 'repeated_page';
  if (page.cursor === mark?.cursor) return 'cursor_loop';
  return page.emptyPages >= emptyPagesMax ? 'empty_pages' : null;
}

/**
 * Begins a listing again whose cursor is no good any more. Where the rows came newest first, and the source is known to
 * keep that order, it continues from the oldest call start seen, that second included: all that is newer is listed, and
 * calls that tie with the last row come once more, which does no harm. Otherwise it begins at the end of the window.
 */
export function restartTrail(trail: ListingTrail, options: { isOrderKnown: boolean }): ListingTrail {
  const { oldestSecs, isNewestFirst, restartSecs } = trail;
  const isOlder = oldestSecs !== null && (restartSecs === null || oldestSecs < restartSecs);
  const hasNextPage = options.isOrderKnown && isNewestFirst && oldestSecs !== null;
  return {
    ...newTrail,
    oldestSecs: hasNextPage ? oldestSecs : null,
    isNewestFirst,
    beforeSecs: hasNextPage ? oldestSecs + 1 : null,
    restartSecs: isOlder ? oldestSecs : restartSecs,
    idleRestarts: isOlder ? 0 : trail.idleRestarts + 1,
  };
}

/** The part of a window's range that is listed since the last restart. */
export function listedRange(range: TimeRange, { beforeSecs }: ListingTrail): TimeRange {
  if (beforeSecs === null || beforeSecs * 1000 >= range.before.getTime()) return range;
  return { after: range.after, before: new Date(beforeSecs * 1000) };
}

/**
 * What of a window its listing has passed: everything newer than the oldest second seen. That second itself is not
 * passed, as calls that tie there may stand on the next page. Null where nothing is, and where the rows do not come
 * newest first: then only the last page says what is listed.
 */
export function passedRange(
  range: TimeRange,
  { isNewestFirst, oldestSecs }: ListingTrail,
  options: { isOrderKnown: boolean },
): TimeRange | null {
  if (!options.isOrderKnown || !isNewestFirst || oldestSecs === null) return null;
  const after = toDate(oldestSecs + 1);
  return after < range.before && (range.after === null || after > range.after) ? { after, before: range.before } : null;
}

/**
 * Divides what is left of a window that has too many pages, into ranges that list in parallel, newest first:
 * `[after, oldest second seen]`, that second included, in stretches about as long as the one that is listed. Of a range
 * without a beginning nobody knows how much is left: some stretches, and the rest. Null where dividing brings nothing,
 * or where the rows do not come newest first.
 */
export function splitRest(
  range: TimeRange,
  trail: ListingTrail,
  options: { pagesMax: number; partsMax: number; isOrderKnown: boolean },
): TimeRange[] | null {
  const { newestSecs, oldestSecs, isNewestFirst, pages } = trail;
  if (!options.isOrderKnown || !isNewestFirst || pages < options.pagesMax) return null;
  if (newestSecs === null || oldestSecs === null) return null;
  if (options.partsMax < 2) return null;
  const restBefore = oldestSecs + 1;
  const spanSecs = Math.max(1, newestSecs - oldestSecs);
  if (range.after === null) {
    const edges = Array.from({ length: options.partsMax }, (_, index) => restBefore - spanSecs * index).filter(
      (edge) => edge > 0,
    );
    return edges.map((edge, index) => ({
      after: edges[index + 1] === undefined ? null : toDate(edges[index + 1]!),
      before: toDate(edge),
    }));
  }
  const afterSecs = Math.floor(range.after.getTime() / 1000);
  const restSecs = restBefore - afterSecs;
  const parts = Math.min(options.partsMax, Math.ceil(restSecs / spanSecs), restSecs);
  if (parts < 2) return null;
  const edges = Array.from({ length: parts + 1 }, (_, index) => restBefore - Math.round((restSecs * index) / parts));
  return edges.slice(1).map((after, index) => ({ after: toDate(after), before: toDate(edges[index]!) }));
}

function toDate(secs: number): Date {
  return new Date(secs * 1000);
}

function digestOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
}
