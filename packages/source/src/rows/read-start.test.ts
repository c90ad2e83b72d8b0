import { expect, test } from 'vitest';
import { startOfIso, startOfUnix } from './read-start.ts';

test.each([
  [1782336379, '2026-06-24T21:26:19.000Z'],
  ['1782336379', '2026-06-24T21:26:19.000Z'],
  [1782336379000, '2026-06-24T21:26:19.000Z'],
  [0, null],
  [-5, null],
  [120, null],
  [null, null],
  ['yesterday', null],
  [1e300, null],
  [{}, null],
])('a start of %j unix seconds is %s', (value, expected) => {
  expect(startOfUnix(value)?.toISOString() ?? null).toBe(expected);
});

test.each([
  ['2024-01-15T10:30:00Z', '2024-01-15T10:30:00.000Z'],
  ['2024-01-15T10:30:00.250Z', '2024-01-15T10:30:00.250Z'],
  ['2024-01-15T10:30:00.123456', '2024-01-15T10:30:00.123Z'],
  ['2024-01-15T10:30:00+02:00', '2024-01-15T08:30:00.000Z'],
  ['2024-01-15T10:30:00+0200', '2024-01-15T08:30:00.000Z'],
  ['2024-01-15 10:30:00', '2024-01-15T10:30:00.000Z'],
  ['2024-01-15T10:30', '2024-01-15T10:30:00.000Z'],
  ['2024-01-15', null],
  ['Jan 15, 2024 10:30 AM', null],
  ['2024-13-45T10:30:00Z', null],
  ['', null],
  [5, null],
])('a start of %j in ISO is %s', (value, expected) => {
  expect(startOfIso(value)?.toISOString() ?? null).toBe(expected);
});
