import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hundredthOf, isSameDecimal, sumDecimals } from './decimal.ts';

describe('sumDecimals', () => {
  it('adds prices digit for digit, where doubles would not', () => {
    expect(0.1 + 0.2).not.toBe(0.3);
    expect(sumDecimals([0.1, 0.2])).toBe('0.3');
    expect(sumDecimals([0.00006015, 0, 0, 0.000006])).toBe('0.00006615');
    expect(sumDecimals(['0.1234567890123456789', 1e-7, null])).toBe('0.1234568890123456789');
    expect(sumDecimals([1e21, '1E-3', -2.5])).toBe('999999999999999999997.501');
    expect(sumDecimals([-0.5, 0.25])).toBe('-0.25');
  });

  it('is null without any addend, and the addend itself where the others are zero', () => {
    expect(sumDecimals([])).toBeNull();
    expect(sumDecimals([null, null])).toBeNull();
    expect(sumDecimals([0, null, 0])).toBe(0);
    expect(sumDecimals([0, 0.25, 0])).toBe(0.25);
  });

  it('equals the sum of whole numbers for any cents', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 4 }), (cents) => {
        const sum = sumDecimals(cents.map((cent) => hundredthOf(cent)));
        expect(isSameDecimal(String(sum), hundredthOf(cents.reduce((left, right) => left + right, 0)))).toBe(true);
      }),
    );
  });
});

describe('hundredthOf', () => {
  it('moves the point by two places in any notation', () => {
    expect(['5', 5, '12.5', '1E3', -7, 0].map(hundredthOf)).toEqual(['0.05', '0.05', '0.125', '10', '-0.07', '0']);
  });
});

describe('isSameDecimal', () => {
  it('compares values, not notations', () => {
    expect(isSameDecimal('1e3', '1000.0')).toBe(true);
    expect(isSameDecimal('0.1', '0.10000000000000000555')).toBe(false);
  });
});
