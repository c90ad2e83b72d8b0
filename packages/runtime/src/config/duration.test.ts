import { expect, test } from 'vitest';
import { parseDurationSecs } from './duration.ts';

test.each([
  ['90s', 90],
  ['5m', 300],
  ['1.5h', 5400],
  ['2d', 172_800],
  ['1w', 604_800],
  ['0s', 0],
  [' 10 m ', 600],
])('reads %s as %d seconds', (text, secs) => {
  expect(parseDurationSecs(text)).toBe(secs);
});

test.each(['', '5', 'm', '5M', '-5m', '5min', '1h30m', '1,5h', 'NaNs', '1e3s', '٣s'])(
  'takes %j for no duration',
  (text) => {
    expect(parseDurationSecs(text)).toBeNull();
  },
);
