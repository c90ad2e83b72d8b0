import { booleanOf } from './values.ts';

/**
 * Why a page's way on makes no sense: said in a message, so that the page is asked for again and no rest is lost in
 * silence.
 */
export interface PageContradiction {
  readonly contradiction: string;
}

/**
 * Decides whether a list continues. `has_more` decides where it is there; a cursor on a last page is left alone. Where
 * it is missing, a page continues if it has both rows and a cursor: at worst that asks for one empty page more. Two
 * answers would lose the rest or never end and are returned as a contradiction: more without a cursor to get it, and
 * more with the very cursor that was sent.
 */
export function readHasMore(
  page: { hasMore: unknown; nextCursor: string | null; rowCount: number },
  sentCursor: string | null,
): boolean | PageContradiction {
  const { nextCursor, rowCount } = page;
  const hasMore = booleanOf(page.hasMore) ?? (nextCursor !== null && nextCursor !== sentCursor && rowCount > 0);
  if (!hasMore) return false;
  if (nextCursor === null) return { contradiction: 'it says that there is more but gives no cursor' };
  if (nextCursor === sentCursor)
    return { contradiction: 'it says that there is more but gives the cursor that was sent' };
  return true;
}
