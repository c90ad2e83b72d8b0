import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.ts';
import { isStorable } from './storable.ts';
import { isRawJson } from './raw-json.ts';

function rawOf(text: string): unknown {
  const { value } = parseJson(`{"a":${text}}`);
  const { a } = value as { a: unknown };
  return isRawJson(a) ? a.rawJSON : a;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('parseJson', () => {
  it('keeps the digits that a double would lose', () => {
    const texts = [
      '9007199254740993',
      '-9223372036854775808',
      '1e400',
      '0.1234567890123456789',
      '12345678901234567890.5',
    ];
    expect(texts.map(rawOf)).toEqual(texts);
  });

  it('gives plain numbers wherever a double holds the value', () => {
    const texts = [
      '0',
      '-1.5',
      '0.6328326479997486',
      '1e308',
      '9007199254740992',
      '1000000000000000000000',
      '6.015e-05',
    ];
    expect(texts.map(rawOf)).toEqual(texts.map(Number));
  });

  it('takes the plain path for latencies of 17 digits, and for digits inside ids only the slower one', () => {
    expect(parseJson('{"elapsed_time":0.6328326479997486}').isExact).toBe(false);
    expect(parseJson('{"id":"12345678901234567890"}')).toMatchObject({
      value: { id: '12345678901234567890' },
      isExact: true,
    });
  });

  it('does not compute with an exponent that would fill the memory', () => {
    expect(rawOf('1.000000000000000000000e-999999999')).toBe('1.000000000000000000000e-999999999');
    expect(rawOf('1.000000000000000000000e999999999')).toBe('1.000000000000000000000e999999999');
  });

  it('suspects a text that can hold U+0000 or a lone surrogate, however it is escaped', () => {
    for (const text of ['"\\u0000"', '"\\ud83d"', '"\\uDC00"', '"\\\\u0000"', '"\\u005cu0000"']) {
      expect(parseJson(text).isSuspect).toBe(true);
    }
    expect(parseJson('"caf\\u00e9"').isSuspect).toBe(false);
  });

  it('does not suspect escaped pairs, but halves that only stand near each other', () => {
    for (const text of ['"\\ud83d\\ude00"', '"\\\\ud83d\\\\ude00"', '"\\uD83D\\uDE00\\ud83d\\ude00"']) {
      expect(parseJson(text).isSuspect).toBe(false);
    }
    for (const text of [
      '"\\ude00\\ud83d"',
      '"\\\\\\ud83d\\\\\\ude00"',
      '"\\ud83d \\ude00"',
      '"\\ud83d\\ud83d\\ude00"',
    ]) {
      expect(parseJson(text).isSuspect).toBe(true);
    }
  });

  it('suspects every text that parses to something unstorable', () => {
    const piece = fc.constantFrom('\\', '\\\\', 'ud83d', 'ude00', 'u0000', 'u005c', 'x', '\\ud83d', '\\ude00');
    const jsonText = fc.array(piece, { maxLength: 12 }).map((pieces) => `"${pieces.join('')}"`);
    fc.assert(
      fc.property(jsonText.filter(isJson), (text) => {
        const { value, isSuspect } = parseJson(text);
        expect(isSuspect || isStorable(value as string)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('parses 100,000 levels, with and without numbers to keep', () => {
    for (const inner of ['1', '9007199254740993']) {
      const { value } = parseJson('['.repeat(100_000) + inner + ']'.repeat(100_000));
      expect(Array.isArray(value)).toBe(true);
    }
  });

  it('gives what JSON.parse gives for any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJson(text).value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('throws for what is no JSON', () => {
    expect(() => parseJson('{"a":')).toThrow(SyntaxError);
    expect(() => parseJson('{"a":12345678901234567890')).toThrow(SyntaxError);
  });
});
