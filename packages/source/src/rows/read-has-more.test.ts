import { expect, test } from 'vitest';
import { readHasMore } from './read-has-more.ts';

const page = (hasMore: unknown, nextCursor: string | null, rowCount = 10): Parameters<typeof readHasMore>[0] => ({
  hasMore,
  nextCursor,
  rowCount,
});

test.each([
  ['says more and gives a cursor', page(true, 'b'), true],
  ['says more, gives a cursor but no row (all were filtered)', page(true, 'b', 0), true],
  ['says no more', page(false, null), false],
  ['says no more and gives a cursor all the same', page(false, 'b'), false],
  ['says so as text', page('false', 'b'), false],
  ['says so as text', page('true', 'b'), true],
  ['says nothing and gives a cursor', page(undefined, 'b'), true],
  ['says null and gives a cursor', page(null, 'b'), true],
  ['says nothing and gives no cursor', page(undefined, null), false],
  ['says nothing, gives a cursor but no row', page(undefined, 'b', 0), false],
  ['says nothing and gives the cursor that was sent', page(undefined, 'a'), false],
])('a page that %s', (_what, parts, expected) => {
  expect(readHasMore(parts, 'a')).toBe(expected);
});

test.each([
  ['no cursor', page(true, null)],
  ['the cursor that was sent', page(true, 'a')],
])('a page that says more and gives %s is a contradiction', (_what, parts) => {
  expect(readHasMore(parts, 'a')).toHaveProperty('contradiction');
});
