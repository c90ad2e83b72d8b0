import { describe, expect, it } from 'vitest';
import { parseJson } from '../json/parse-json.ts';
import { decimal, double, integer } from './number.ts';
import { readWith } from './testing-reading.ts';

const json = (text: string): unknown => parseJson(text).value;

describe('integer', () => {
  it('reads whole numbers to the last of 64 bits', () => {
    expect(readWith(integer, 5)).toEqual({ value: 5, drift: [] });
    expect(readWith(integer, -0)).toEqual({ value: 0, drift: [] });
    expect(readWith(integer, json('9223372036854775807'))).toEqual({ value: '9223372036854775807', drift: [] });
    expect(readWith(integer, json('-9223372036854775808'))).toEqual({ value: '-9223372036854775808', drift: [] });
    expect(readWith(integer, 1e18)).toEqual({ value: '1000000000000000000', drift: [] });
  });

  it('reads whole numbers in text, and reports the type', () => {
    for (const text of ['42', ' 42 ', '42.0', '4.2e1', '+42']) {
      expect(readWith(integer, text)).toEqual({ value: 42, drift: ['changed_type string'] });
    }
    expect(readWith(integer, '9007199254740993').value).toBe('9007199254740993');
  });

  it('gives null for what is no whole number of 64 bits', () => {
    expect(readWith(integer, json('9223372036854775808'))).toEqual({
      value: null,
      drift: ['changed_type number out of range'],
    });
    expect(readWith(integer, 1e300)).toEqual({ value: null, drift: ['changed_type number out of range'] });
    expect(readWith(integer, Infinity)).toEqual({ value: null, drift: ['changed_type number out of range'] });
    expect(readWith(integer, 1.5)).toEqual({ value: null, drift: ['changed_type number with a fraction'] });
    expect(readWith(integer, 'five')).toEqual({ value: null, drift: ['changed_type string'] });
    expect(readWith(integer, true)).toEqual({ value: null, drift: ['changed_type boolean'] });
    expect(readWith(integer, [1])).toEqual({ value: null, drift: ['changed_type array'] });
  });

  it('takes null and missing for nothing', () => {
    for (const read of [integer, double, decimal]) {
      expect(readWith(read, null)).toEqual({ value: null, drift: [] });
      expect(readWith(read, undefined)).toEqual({ value: null, drift: [] });
    }
  });
});

describe('double', () => {
  it('reads numbers and numeric text', () => {
    expect(readWith(double, 0.25)).toEqual({ value: 0.25, drift: [] });
    expect(readWith(double, '0.25')).toEqual({ value: 0.25, drift: ['changed_type string'] });
    expect(readWith(double, json('0.1234567890123456789'))).toEqual({ value: 0.12345678901234568, drift: [] });
  });

  it('gives null for what a double cannot hold', () => {
    for (const value of [json('1e400'), Infinity, -Infinity, NaN]) {
      expect(readWith(double, value)).toEqual({ value: null, drift: ['changed_type number out of range'] });
    }
    for (const value of ['', 'NaN', 'Infinity', '0x10', '1_000', {}]) {
      expect(readWith(double, value).value).toBeNull();
    }
  });
});

describe('decimal', () => {
  it('keeps every digit of a price', () => {
    expect(readWith(decimal, 0.00006015)).toEqual({ value: 0.00006015, drift: [] });
    expect(readWith(decimal, json('0.123456789012345678901'))).toEqual({ value: '0.123456789012345678901', drift: [] });
    expect(readWith(decimal, '0.10')).toEqual({ value: '0.10', drift: ['changed_type string'] });
  });

  it('gives null for what is no price', () => {
    expect(readWith(decimal, json('1e99999')).value).toBeNull();
    expect(readWith(decimal, '1'.repeat(500)).value).toBeNull();
    expect(readWith(decimal, 'free').value).toBeNull();
  });
});
