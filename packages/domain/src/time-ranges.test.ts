import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TimeRange } from './time-range.ts';
import { subtractRanges } from './time-ranges.ts';

const lengthMax = 24;
const range = fc
  .record({ after: fc.option(fc.nat(lengthMax)), before: fc.nat(lengthMax) })
  .map(({ after, before }): TimeRange => ({
    after: after === null ? null : new Date(after),
    before: new Date(before),
  }));
const ranges = fc.array(range, { maxLength: 6 });

/** Whether a moment lies in one of the ranges: what all of this is about, told the slow way. */
const has = (some: readonly TimeRange[], at: number): boolean =>
  some.some(({ after, before }) => (after === null || at >= after.getTime()) && at < before.getTime());
const moments = Array.from({ length: lengthMax + 6 }, (_, index) => index - 3);

function expectNormal(some: readonly TimeRange[]): void {
  for (const [index, { after, before }] of some.entries()) {
    if (after !== null) expect(after.getTime()).toBeLessThan(before.getTime());
    const next = some[index + 1];
    if (next !== undefined) expect(next.after!.getTime()).toBeGreaterThanOrEqual(before.getTime());
  }
}

test('a union has the moments of its ranges, and no others, in disjoint ranges that do not touch', () => {
  fc.assert(
    fc.property(ranges, (some) => {
      const union = subtractRanges(some, []);
      for (const at of moments) expect(has(union, at)).toBe(has(some, at));
      expectNormal(union);
      for (const [index, { before }] of union.slice(0, -1).entries())
        expect(union[index + 1]!.after!.getTime()).toBeGreaterThan(before.getTime());
    }),
  );
});

test('a difference has the moments that only the first ranges have', () => {
  fc.assert(
    fc.property(ranges, ranges, (some, without) => {
      const left = subtractRanges(some, without);
      for (const at of moments) expect(has(left, at)).toBe(has(some, at) && !has(without, at));
      expectNormal(left);
    }),
  );
});
