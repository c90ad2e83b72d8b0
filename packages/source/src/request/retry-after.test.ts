import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRateLimitResetMs, readRetryAfterMs } from './retry-after.ts';

const now = Date.parse('2026-10-01T12:00:00Z');
const retryAfter = (value: string, date?: string): number | null =>
  readRetryAfterMs({ 'retry-after': value, ...(date === undefined ? {} : { date }) }, now);
const reset = (value: string): number | null => readRateLimitResetMs({ 'x-ratelimit-reset': value }, now);

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['7', 7000],
    ['0.25', 250],
    ['.5', 500],
    ['3.', 3000],
    [' 12 ', 12_000],
    ['Thu, 01 Oct 2026 12:00:30 GMT', 30_000],
    ['Thu, 01 Oct 2026 11:00:00 GMT', 0],
    ['Thursday, 01-Oct-26 12:00:30 GMT', 30_000],
    ['Thu Oct  1 12:00:30 2026', 30_000],
    ['', null],
    ['-1', null],
    ['soon', null],
    ['5 apples', null],
    ['1e3', null],
    ['NaN', null],
    ['2026-10-01', null],
    ['Thu, 99 Xxx 2026 12:00:30 GMT', null],
  ])('%j is %j ms', (value, expected) => {
    expect(retryAfter(value)).toBe(expected);
  });

  test('is null when the header is missing', () => {
    expect(readRetryAfterMs({}, now)).toBeNull();
  });

  test('a date is counted from the server’s own clock where the answer tells it', () => {
    expect(retryAfter('Thu, 01 Oct 2026 09:00:10 GMT', 'Thu, 01 Oct 2026 09:00:00 GMT')).toBe(10_000);
  });

  test('any number of seconds is that many seconds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
        const text = seconds.toFixed(3);
        expect(retryAfter(text)).toBe(Math.round(Number(text) * 1000));
      }),
    );
  });

  test('any HTTP date is the time until then, and never negative', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), (seconds) => {
        const text = new Date(now + seconds * 1000).toUTCString();
        expect(retryAfter(text)).toBe(Math.max(0, seconds * 1000));
      }),
    );
  });

  test('whatever a server sends, it is null or a number of milliseconds from 0', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = retryAfter(text);
        expect(ms === null || (Number.isInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe('X-RateLimit-Reset', () => {
  test.each([
    ['30', 30_000],
    [String(now / 1000 + 30), 30_000],
    [String(now / 1000 - 30), 0],
    [String(now + 30_000), 30_000],
    ['2026-10-01T12:00:30Z', 30_000],
    ['Thu, 01 Oct 2026 12:00:30 GMT', 30_000],
    ['86400', null],
    [String(now / 1000 + 86_400), null],
    ['2026-10-01T12:00:30', null],
    ['later', null],
    ['', null],
  ])('%j is %j ms', (value, expected) => {
    expect(reset(value)).toBe(expected);
  });
});
