import fc from 'fast-check';
import { expect, test } from 'vitest';
import { incrementalRange, splitRange } from './plan-windows.ts';

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

test('a first sync begins at the time it is told, or at the beginning', () => {
  const now = at('2026-09-10T12:00:00.4Z');
  const since = at('2026-01-01T00:00:00Z');
  expect(incrementalRange({ watermark: null, since: null, lookbackSecs: 60, now }).after).toBeNull();
  expect(incrementalRange({ watermark: null, since, lookbackSecs: 60, now }).after).toEqual(since);
});

test('a later sync looks back behind the watermark, but not behind the time from which the source is exported', () => {
  const now = at('2026-09-10T12:00:00Z');
  const watermark = at('2026-09-10T11:55:00Z');
  const range = (since: Date | null): Date | null =>
    incrementalRange({ watermark, since, lookbackSecs: 3600, now }).after;
  expect(range(null)).toEqual(at('2026-09-10T10:55:00Z'));
  expect(range(at('2026-01-01T00:00:00Z'))).toEqual(at('2026-09-10T10:55:00Z'));
  expect(range(at('2026-09-10T11:30:00Z'))).toEqual(at('2026-09-10T11:30:00Z'));
});

test('an incremental range is never empty, reaches past now, has whole seconds, and leaves nothing out before the watermark', () => {
  const range = fc.record({
    watermark: fc.option(instant),
    since: fc.option(instant),
    lookbackSecs: fc.oneof(fc.integer({ min: 0, max: 400 * 86_400 }), fc.double({ min: 0, max: 1e7, noNaN: true })),
    now: instant,
  });
  fc.assert(
    fc.property(range, (input) => {
      const { after, before } = incrementalRange(input);
      expect(before.getTime()).toBeGreaterThan(input.now.getTime());
      expect(before.getTime() - input.now.getTime()).toBeLessThanOrEqual(2000);
      expect(before.getTime() % 1000).toBe(0);
      if (after === null) return;
      expect(before.getTime()).toBeGreaterThan(after.getTime());
      expect(after.getTime() % 1000).toBe(0);
      if (input.watermark !== null && (input.since === null || input.since <= input.watermark))
        expect(after.getTime()).toBeLessThanOrEqual(input.watermark.getTime());
    }),
  );
});
