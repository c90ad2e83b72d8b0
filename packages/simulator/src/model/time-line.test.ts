import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeTimeLine } from './time-line.ts';

test('starts never fall, stay within their range, and are found again by bisection', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.record({ count: fc.integer({ min: 1, max: 60 }), length: fc.nat(500), gap: fc.nat(100) }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.integer({ min: 1, max: 9 }),
      (seed, runs, size) => {
        const line = makeTimeLine(seed, { share: 0.4, size });
        let from = 1000;
        for (const run of runs) {
          line.append(run.count, from, from + run.length);
          from += run.length + run.gap;
        }
        const starts = Array.from({ length: line.count() }, (_, index) => line.startOf(index));
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
        expect(starts[0]).toBeGreaterThanOrEqual(1000);
        expect(starts.at(-1)).toBeLessThanOrEqual(from);
        for (const second of [999, 1000, 1007, from, from + 1]) {
          const wanted = starts.findIndex((start) => start >= second);
          expect(line.firstIndexAtOrAfter(second)).toBe(wanted < 0 ? starts.length : wanted);
        }
      },
    ),
  );
});

test('groups of the asked size start in the same second', () => {
  const line = makeTimeLine(3, { share: 1, size: 5 });
  line.append(50, 0, 50_000);
  for (let group = 0; group < 10; group += 1)
    expect(new Set(Array.from({ length: 5 }, (_, n) => line.startOf(group * 5 + n))).size).toBe(1);
});

test('a run that would begin before the newest call begins with it', () => {
  const line = makeTimeLine(1, { share: 0, size: 1 });
  line.append(2, 100, 200);
  line.append(1, 50, 60);
  expect(line.startOf(2)).toBe(200);
});

test('an index that does not exist is refused', () => {
  const line = makeTimeLine(1, { share: 0, size: 1 });
  line.append(1, 0, 10);
  expect(() => line.startOf(1)).toThrow(RangeError);
});
