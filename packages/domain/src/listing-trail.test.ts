import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listedRange, newTrail, observePage, restartTrail, splitRest, type ListingTrail } from './listing-trail.ts';

const at = (secs: number): Date => new Date(secs * 1000);
const row = (conversationId: string, secs: number | null) => ({
  conversationId,
  startedAt: secs === null ? null : at(secs),
});
const pageOf = (rows: readonly [string, number | null][], nextCursor: string | null = 'next') => ({
  conversations: rows.map(([id, secs]) => row(id, secs)),
  nextCursor,
  hasMore: nextCursor !== null,
});

/** Follows scripted pages; tells at which page, from 1, which problem was seen. */
function follow(pages: Iterable<ReturnType<typeof pageOf>>): {
  trail: ListingTrail;
  problem: string | null;
  page: number;
} {
  let trail = newTrail;
  let page = 0;
  for (const listed of pages) {
    page += 1;
    const observed = observePage(trail, listed);
    trail = observed.trail;
    if (observed.problem !== null) return { trail, problem: observed.problem, page };
  }
  return { trail, problem: null, page };
}

describe('observePage', () => {
  test('a listing without a circle has no problem, however its pages tie or how often a row comes again', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 300 }), (starts) => {
        const ordered = starts.toSorted((a, b) => b - a);
        const pages = [];
        // Each page has a row of the page before: calls that arrive meanwhile shift the pages of a source that counts.
        for (let start = 0; start < ordered.length; start += 2) {
          const rows = ordered.slice(Math.max(0, start - 1), start + 2);
          pages.push(
            pageOf(
              rows.map((secs, index) => [`c${Math.max(0, start - 1) + index}`, secs]),
              `cursor ${start}`,
            ),
          );
        }
        const { problem, trail } = follow(pages);
        expect(problem).toBeNull();
        expect(trail.oldestSecs).toBe(ordered.at(-1) ?? null);
        expect(trail.isNewestFirst).toBe(true);
      }),
    );
  });

  test('a cursor that leads round in a circle is told, whatever the way to the circle and its length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 2, max: 40 }), (tail, length) => {
        const pages = function* () {
          for (let index = 0; index < 10_000; index += 1) {
            const place = index < tail ? index : tail + ((index - tail) % length);
            // Rows that are new each time: only the cursor tells.
            yield pageOf([[`c${index}`, 10_000 - index]], `cursor ${place}`);
          }
        };
        const { problem, page } = follow(pages());
        expect(problem).toBe('cursor_loop');
        expect(page).toBeLessThanOrEqual(4 * (tail + length) + 2);
      }),
    );
  });

  test('a page that comes again under ever new cursors is told at once, one further back when it comes round', () => {
    const again = [pageOf([['a', 9]], '1'), pageOf([['b', 8]], '2'), pageOf([['c', 7]], '3'), pageOf([['c', 7]], '4')];
    expect(follow(again)).toMatchObject({ problem: 'repeated_page', page: 4 });
    const round = function* () {
      for (let index = 0; index < 100; index += 1)
        yield pageOf([[`c${index % 3}`, 3 - (index % 3)]], `cursor ${index}`);
    };
    expect(follow(round())).toMatchObject({ problem: 'repeated_page' });
  });

  test('some empty pages are passed over, an endless row of them is told', () => {
    const empty = (index: number) => pageOf([], `cursor ${index}`);
    expect(follow([...Array.from({ length: 19 }, (_, index) => empty(index)), pageOf([['a', 1]])]).problem).toBeNull();
    expect(follow(Array.from({ length: 20 }, (_, index) => empty(index)))).toMatchObject({
      problem: 'empty_pages',
      page: 20,
    });
  });

  test('the last page is no problem, whatever is on it', () => {
    expect(follow([pageOf([['a', 1]], 'x'), pageOf([['a', 1]], null)]).problem).toBeNull();
  });
});

describe('restartTrail', () => {
  const trail = follow([
    pageOf(
      [
        ['a', 100],
        ['b', 90],
      ],
      '1',
    ),
    pageOf([['c', 90]], '2'),
  ]).trail;
  const range = { after: at(0), before: at(200) };

  test('continues from the oldest second seen, that second included', () => {
    expect(listedRange(range, restartTrail(trail, { isOrderKnown: true }))).toEqual({ after: at(0), before: at(91) });
  });

  test('begins at the end of the window where the order is not known, or did not hold', () => {
    expect(listedRange(range, restartTrail(trail, { isOrderKnown: false }))).toEqual(range);
    const mixed = follow([
      pageOf(
        [
          ['a', 100],
          ['b', 110],
        ],
        '1',
      ),
    ]).trail;
    expect(listedRange(range, restartTrail(mixed, { isOrderKnown: true }))).toEqual(range);
  });

  test('counts the restarts that got no further, in either way', () => {
    for (const isOrderKnown of [true, false]) {
      let again = restartTrail(trail, { isOrderKnown });
      expect(again.idleRestarts).toBe(0);
      again = restartTrail(observePage(again, pageOf([['c', 90]], '3')).trail, { isOrderKnown });
      again = restartTrail(again, { isOrderKnown });
      expect(again.idleRestarts).toBe(2);
      again = restartTrail(observePage(again, pageOf([['d', 80]], '4')).trail, { isOrderKnown });
      expect(again.idleRestarts).toBe(0);
    }
  });
});

describe('splitRest', () => {
  const options = { pagesMax: 2, partsMax: 8, isOrderKnown: true };
  const listed = follow([pageOf([['a', 1000]], '1'), pageOf([['b', 901]], '2')]).trail;

  test('the parts cover the rest without a gap, the second of the edge included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 899 }), fc.option(fc.integer({ min: 0, max: 890 })), (oldest, after) => {
        const trail = { ...listed, newestSecs: 1000, oldestSecs: Math.max(oldest, (after ?? 0) + 1) };
        const parts = splitRest({ after: after === null ? null : at(after), before: at(1001) }, trail, options);
        if (parts === null) return;
        expect(parts.length).toBeLessThanOrEqual(8);
        expect(parts[0]!.before).toEqual(at(trail.oldestSecs + 1));
        expect(parts.at(-1)!.after).toEqual(after === null ? null : at(after));
        for (const [index, part] of parts.entries()) {
          if (index > 0) expect(part.before).toEqual(parts[index - 1]!.after);
          if (part.after !== null) expect(part.after.getTime()).toBeLessThan(part.before.getTime());
        }
      }),
    );
  });

  test('a window with few pages, with little left, or in no known order is not divided', () => {
    const range = { after: at(0), before: at(1001) };
    expect(splitRest(range, { ...listed, pages: 1 }, options)).toBeNull();
    expect(splitRest({ ...range, after: at(880) }, listed, options)).toBeNull();
    expect(splitRest(range, listed, { ...options, isOrderKnown: false })).toBeNull();
    expect(splitRest(range, { ...listed, isNewestFirst: false }, options)).toBeNull();
    expect(splitRest(range, listed, options)).toHaveLength(8);
  });

  test('a window without a beginning becomes stretches as long as the one that is listed, and a rest without a beginning', () => {
    const parts = splitRest(
      { after: null, before: at(100_001) },
      { ...listed, newestSecs: 100_000, oldestSecs: 99_000 },
      options,
    )!;
    expect(parts).toHaveLength(8);
    expect(parts[0]).toEqual({ after: at(98_001), before: at(99_001) });
    expect(parts.at(-1)!.after).toBeNull();
  });
});
