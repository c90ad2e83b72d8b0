import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEndTime, parseTime } from './parse-time.ts';

test('reads a day as its midnight in UTC, a time as UTC unless it names an offset, and Unix seconds', () => {
  const iso = (text: string): string | undefined => parseTime(text)?.toISOString();
  expect(iso('2026-01-31')).toBe('2026-01-31T00:00:00.000Z');
  expect(iso('2026-01-31T08:15')).toBe('2026-01-31T08:15:00.000Z');
  expect(iso('2026-01-31 08:15:30.5')).toBe('2026-01-31T08:15:30.500Z');
  expect(iso('2026-01-31T08:15:30Z')).toBe('2026-01-31T08:15:30.000Z');
  expect(iso('2026-01-31T08:15:30+02:00')).toBe('2026-01-31T06:15:30.000Z');
  expect(iso('2026-01-31T08:15:30-05')).toBe('2026-01-31T13:15:30.000Z');
  expect(iso('2026-01-31T08:15:30+0530')).toBe('2026-01-31T02:45:30.000Z');
  expect(iso('1769847330')).toBe('2026-01-31T08:15:30.000Z');
  expect(iso('2028-02-29')).toBe('2028-02-29T00:00:00.000Z');
});

test('a date that ends a range means the whole day, a time itself', () => {
  const iso = (text: string): string | undefined => parseEndTime(text)?.toISOString();
  expect(iso('2026-01-31')).toBe('2026-02-01T00:00:00.000Z');
  expect(iso('2026-01-31T00:00')).toBe('2026-01-31T00:00:00.000Z');
  expect(iso('1769847330')).toBe('2026-01-31T08:15:30.000Z');
  expect(parseEndTime('2026-02-31')).toBeNull();
});

test('takes nothing else, a day that the month does not have least of all', () => {
  for (const text of [
    '',
    'yesterday',
    '2026',
    '2026-1-31',
    '31.01.2026',
    '2026-01-31T',
    '2026-01-31T8:00',
    '17698473301',
    '-5',
  ])
    expect(parseTime(text), text).toBeNull();
  for (const text of [
    '2026-02-29',
    '2026-02-31',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-02-30T10:00Z',
  ])
    expect(parseTime(text), text).toBeNull();
  for (const text of ['2026-01-31T24:30', '2026-01-31T10:60', '2026-01-31T10:00+99:00'])
    expect(parseTime(text), text).toBeNull();
});

test('reads what Date writes', () => {
  const instant = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(instant, (date) => {
      expect(parseTime(date.toISOString())).toEqual(date);
    }),
  );
});
