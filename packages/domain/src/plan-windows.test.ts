import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitRange } from './plan-windows.ts';

const instant = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2030, 0) }).map((ms) => new Date(ms));
const at = (text: string): Date => new Date(text);
const secsOf = (date: Date): number => date.getTime() / 1000;

test('windows cover their range without gap or overlap, newest first, on whole seconds, and no more of them than asked for', () => {
  fc.assert(
    fc.property(
      instant,
      fc.integer({ min: 1, max: 400 * 86_400_000 }),
      fc.integer({ min: 1, max: 64 }),
      (after, spanMs, windowsMax) => {
        const before = new Date(after.getTime() + spanMs);
        const windows = splitRange({ after, before }, windowsMax);
        expect(windows.length).toBeGreaterThanOrEqual(1);
        expect(windows.length).toBeLessThanOrEqual(windowsMax);
        const oldestFirst = windows.toReversed();
        expect(oldestFirst[0]!.after!.getTime()).toBe(Math.floor(secsOf(after)) * 1000);
        expect(oldestFirst.at(-1)!.before.getTime()).toBe(Math.ceil(secsOf(before)) * 1000);
        for (const [index, window] of oldestFirst.entries()) {
          expect(Number.isInteger(secsOf(window.after!)) && Number.isInteger(secsOf(window.before))).toBe(true);
          expect(window.before.getTime()).toBeGreaterThan(window.after!.getTime());
          if (index > 0) expect(window.after).toEqual(oldestFirst[index - 1]!.before);
        }
      },
    ),
  );
});

test('windows of one range are of one size, to the second', () => {
  const windows = splitRange({ after: at('2026-09-01T00:00:00Z'), before: at('2026-09-11T00:00:01Z') }, 8);
  const spans = windows.map((window) => secsOf(window.before) - secsOf(window.after!));
  expect(Math.max(...spans) - Math.min(...spans)).toBeLessThanOrEqual(1);
});

test('a range shorter than the number of windows is split into single seconds', () => {
  const windows = splitRange({ after: at('2026-09-01T00:00:00Z'), before: at('2026-09-01T00:00:03Z') }, 8);
  expect(windows).toHaveLength(3);
});

test('a range within one second is still listed; an empty one, and one that ends before it begins, are not', () => {
  expect(splitRange({ after: at('2026-09-01T00:00:00.2Z'), before: at('2026-09-01T00:00:00.7Z') }, 8)).toEqual([
    { after: at('2026-09-01T00:00:00Z'), before: at('2026-09-01T00:00:01Z') },
  ]);
  expect(splitRange({ after: at('2026-09-01T00:00:00Z'), before: at('2026-09-01T00:00:00Z') }, 8)).toEqual([]);
  expect(splitRange({ after: at('2026-09-02T00:00:00Z'), before: at('2026-09-01T00:00:00Z') }, 8)).toEqual([]);
});

test('a range without a beginning stays one window', () => {
  const range = { after: null, before: at('2026-09-01T00:00:00Z') };
  expect(splitRange(range, 8)).toEqual([range]);
});
