import { describe, expect, it } from 'vitest';
import { parseJson } from '../json/parse-json.ts';
import { amount, count, durationSecsMax, score, duration } from './quantity.ts';
import { readWith } from './testing-reading.ts';

describe('a bound of plausibility', () => {
  it('lets through what can be', () => {
    expect(readWith(duration, 0)).toEqual({ value: 0, drift: [] });
    expect(readWith(duration, durationSecsMax)).toEqual({ value: durationSecsMax, drift: [] });
    expect(readWith(count, 123_456_789)).toEqual({ value: 123_456_789, drift: [] });
    expect(readWith(amount, parseJson('0.123456789012345678901').value).value).toBe('0.123456789012345678901');
    expect(readWith(score, -0.75)).toEqual({ value: -0.75, drift: [] });
  });

  it('costs a value beyond it, with drift', () => {
    for (const read of [duration, count, amount, score] as const)
      for (const value of [1e16, parseJson('1e308').value])
        expect(readWith<unknown>(read, value)).toEqual({ value: null, drift: ['changed_type number out of range'] });
    expect(readWith(score, -1e10)).toEqual({ value: null, drift: ['changed_type number out of range'] });
  });

  it('takes no negative duration, count or cost', () => {
    for (const read of [duration, count, amount] as const)
      for (const value of [-1, '-5'])
        expect(readWith<unknown>(read, value).drift).toContain('changed_type negative number');
  });
});
