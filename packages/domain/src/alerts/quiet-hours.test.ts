import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isQuiet, isTimezone, parseWallMinute, type QuietHours } from './quiet-hours.ts';

const night: QuietHours = { fromMinute: 22 * 60, toMinute: 7 * 60, timezone: 'Europe/Berlin' };
const at = (time: string): boolean => isQuiet(night, new Date(time));

describe('quiet hours', () => {
  test('go over midnight by the clock on the wall, from the first minute to before the last', () => {
    expect([at('2026-01-10T20:59:59Z'), at('2026-01-10T21:00:00Z')]).toEqual([false, true]);
    expect(at('2026-01-10T23:30:00Z')).toBe(true);
    expect([at('2026-01-11T05:59:59Z'), at('2026-01-11T06:00:00Z')]).toEqual([true, false]);
    expect([at('2026-07-10T19:59:59Z'), at('2026-07-10T20:00:00Z'), at('2026-07-11T05:00:00Z')]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test('follow the clocks when they are changed: a shorter night in March, a longer one in October', () => {
    const quietMinutes = (from: string): number =>
      Array.from({ length: 24 * 60 }, (_, minute) => new Date(Date.parse(from) + minute * 60_000)).filter((moment) =>
        isQuiet(night, moment),
      ).length;
    expect(quietMinutes('2026-03-21T12:00:00Z')).toBe(9 * 60);
    expect(quietMinutes('2026-03-28T12:00:00Z')).toBe(8 * 60);
    expect(quietMinutes('2026-10-24T12:00:00Z')).toBe(10 * 60);
  });

  test('a window that falls into the hour that is left out is never met that day, and one that comes twice is quiet twice', () => {
    const early: QuietHours = { fromMinute: 2 * 60, toMinute: 3 * 60, timezone: 'Europe/Berlin' };
    const isQuietAt = (time: string): boolean => isQuiet(early, new Date(time));
    expect([isQuietAt('2026-03-29T00:59:00Z'), isQuietAt('2026-03-29T01:00:00Z')]).toEqual([false, false]);
    expect([isQuietAt('2026-10-25T00:30:00Z'), isQuietAt('2026-10-25T01:30:00Z')]).toEqual([true, true]);
    expect(isQuietAt('2026-10-25T02:00:00Z')).toBe(false);
  });

  test('and the hours that are not, make up the day, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 1439 }),
        fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
        (fromMinute, toMinute, moment) => {
          fc.pre(fromMinute !== toMinute);
          const zone = { timezone: 'America/New_York' };
          const isIn = isQuiet({ fromMinute, toMinute, ...zone }, moment);
          expect(isQuiet({ fromMinute: toMinute, toMinute: fromMinute, ...zone }, moment)).toBe(!isIn);
        },
      ),
    );
  });

  test('are read from times of day, and zones from their names', () => {
    expect(['22:00', '7:05', '00:00', '24:00', '7', ''].map(parseWallMinute)).toEqual([1320, 425, 0, null, null, null]);
    expect([isTimezone('Europe/Berlin'), isTimezone('UTC'), isTimezone('Berlin')]).toEqual([true, true, false]);
  });
});
