import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWith } from './testing-reading.ts';
import { isoOfSecs, isoSecs, unixSecs, unixSecsOfMillis } from './time.ts';

describe('unixSecs', () => {
  it('reads seconds, with fractions, and (reporting it) text', () => {
    expect(readWith(unixSecs, 1_782_336_379)).toEqual({ value: 1_782_336_379, drift: [] });
    expect(readWith(unixSecs, 1_782_336_379.25)).toEqual({ value: 1_782_336_379.25, drift: [] });
    expect(readWith(unixSecs, '1782336379')).toEqual({ value: 1_782_336_379, drift: ['changed_type string'] });
    expect(readWith(unixSecs, '2026-06-24T21:26:19Z')).toEqual({
      value: 1_782_336_379,
      drift: ['changed_type string'],
    });
  });

  it('reads milliseconds, reporting them', () => {
    for (const value of [1_782_336_379_000, 1_782_336_379_000_000])
      expect(readWith(unixSecs, value)).toEqual({
        value: 1_782_336_379,
        drift: ['changed_type time in another unit'],
      });
    expect(readWith(unixSecsOfMillis, 1_782_336_379_250)).toEqual({ value: 1_782_336_379.25, drift: [] });
    expect(readWith(unixSecsOfMillis, 1_782_336_379).drift).toEqual(['changed_type time in another unit']);
  });

  it('gives null for a time that is absurd: 0, a duration, a year that is not here yet', () => {
    for (const value of [0, -1, 95, 9.4e12, 4_102_444_800, Infinity, NaN]) {
      expect(readWith(unixSecs, value)).toEqual({ value: null, drift: ['changed_type time out of range'] });
    }
    for (const value of ['', 'yesterday', '-5', '0', true, {}, []]) {
      expect(readWith(unixSecs, value).value).toBeNull();
    }
  });
});

describe('isoSecs', () => {
  it('reads ISO 8601 in its forms, as UTC where no zone is named', () => {
    const forms = [
      '2024-01-15T10:30:00Z',
      '2024-01-15T10:30:00',
      '2024-01-15 10:30',
      '2024-01-15T10:30:00.000+00:00',
      '2024-01-15T12:30:00+02:00',
      '2024-01-15T05:00:00-0530',
    ];
    for (const form of forms) expect(readWith(isoSecs, form)).toEqual({ value: 1_705_314_600, drift: [] });
    expect(readWith(isoSecs, '2024-01-15')).toEqual({ value: null, drift: ['changed_type string'] });
    expect(readWith(isoSecs, '2024-01-15T10:30:00.267707+00:00').value).toBeCloseTo(1_705_314_600.267707, 6);
  });

  it('gives null for dates that are none', () => {
    for (const form of ['2024-02-31', '2024-13-01T00:00:00Z', '2024-01-15T25:00', '15.01.2024', '0000-01-01', '']) {
      expect(readWith(isoSecs, form).value).toBeNull();
    }
  });
});

describe('isoOfSecs', () => {
  it('writes UTC to the microsecond', () => {
    expect(isoOfSecs(1_782_336_379)).toBe('2026-06-24T21:26:19.000Z');
    expect(isoOfSecs(1_782_336_385.25)).toBe('2026-06-24T21:26:25.250000Z');
    expect(isoOfSecs(5.9999999)).toBe('1970-01-01T00:00:06.000000Z');
    expect(isoOfSecs(null)).toBeNull();
    expect(isoOfSecs(-5)).toBeNull();
  });

  it('writes a date of four-digit years for any time in range', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 253_402_300_799, noNaN: true }), (secs) => {
        expect(isoOfSecs(secs)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}|\d{6})Z$/);
      }),
    );
  });
});
