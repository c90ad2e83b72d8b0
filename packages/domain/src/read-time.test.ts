import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readTime, readTimeSecs, timeSecsMax, timeSecsMin } from './read-time.ts';

const at = 1_782_336_379;

test.each([
  [at, at],
  [at + 0.25, at + 0.25],
  [at * 1_000, at],
  [at * 1_000_000, at],
  [String(at), at],
  [` ${at}.25 `, at + 0.25],
  [String(at * 1_000), at],
  ['2026-06-24T21:26:19Z', at],
  ['2026-06-24T21:26:19', at],
  ['2026-06-24 21:26:19.000', at],
  ['2026-06-24T23:26:19+02:00', at],
  ['2026-06-24T16:26:19-05', at],
  ['2026-06-24T15:56:19-0530', at],
  ['2026-06-24T21:26:19,5z', at + 0.5],
])('reads %j', (value, secs) => {
  expect(readTimeSecs(value)).toBeCloseTo(secs, 6);
});

test.each([
  0,
  -1,
  95,
  -at,
  timeSecsMax,
  timeSecsMax * 1_000,
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  'yesterday',
  '2026-06-24',
  '2026-02-30T10:00:00Z',
  '2026-06-24T25:00',
  '2026-06-24T10:00:00+99:00',
  '1999-12-31T23:59:59Z',
  '2100-01-01T00:00:00Z',
  'Jan 15, 2024 10:30 AM',
  true,
  null,
  undefined,
  {},
  [at],
])('takes %j for no time', (value) => {
  expect(readTimeSecs(value)).toBeNull();
  expect(readTime(value)).toBeNull();
});

describe('whatever the form', () => {
  it('gives the same answer', () => {
    fc.assert(
      fc.property(fc.integer({ min: timeSecsMin, max: timeSecsMax - 1 }), (secs) => {
        const iso = new Date(secs * 1000).toISOString();
        for (const form of [secs, secs * 1_000, secs * 1_000_000, String(secs), String(secs * 1_000), iso])
          expect(readTime(form)?.toISOString()).toBe(iso);
      }),
    );
  });
});
