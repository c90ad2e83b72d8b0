import { expect, test } from 'vitest';
import { ago, duration } from './duration.ts';

test.each([
  [-3, '0 s'],
  [0, '0 s'],
  [0.04, '0 s'],
  [1.26, '1.3 s'],
  [9, '9 s'],
  [9.6, '10 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [125, '2 min'],
  [3600, '1 h'],
  [80 * 60, '1 h 20 min'],
  [86_400 * 3 + 3600 * 4, '3 d 4 h'],
  [86_400 * 400, '400 d'],
])('%d seconds are %s', (secs, text) => {
  expect(duration(secs)).toBe(text);
});

test('a time is told as past or to come, in whole units', () => {
  const now = new Date('2026-09-30T10:00:00Z');
  const told = (ms: number): string => ago(new Date(now.getTime() - ms), now);
  expect([500, -900, 7400, -60_000, 7_500_000].map(told)).toEqual([
    'just now',
    'just now',
    '7 s ago',
    'in 1 min',
    '2 h 5 min ago',
  ]);
});
