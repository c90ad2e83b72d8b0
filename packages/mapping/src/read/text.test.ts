import { describe, expect, it } from 'vitest';
import { flag } from './flag.ts';
import { identifier, identifierLengthMax, numberOrText, text, textOrJson, texts, word } from './text.ts';
import { readWith } from './testing-reading.ts';

describe('text', () => {
  it('reads text as it is, the empty one too', () => {
    expect(readWith(text, 'Grüße 😀')).toEqual({ value: 'Grüße 😀', drift: [] });
    expect(readWith(text, '')).toEqual({ value: '', drift: [] });
  });

  it('replaces what Postgres cannot store, and counts it', () => {
    expect(readWith(text, 'a\0b\uD800')).toEqual({ value: 'a\uFFFDb\uFFFD', drift: ['unstorable_text string'] });
  });

  it('writes numbers and booleans as text, and gives null for objects and lists', () => {
    expect(readWith(text, 5)).toEqual({ value: '5', drift: ['changed_type number'] });
    expect(readWith(text, false)).toEqual({ value: 'false', drift: ['changed_type boolean'] });
    expect(readWith(text, {})).toEqual({ value: null, drift: ['changed_type object'] });
    expect(readWith(text, [])).toEqual({ value: null, drift: ['changed_type array'] });
  });
});

describe('identifier', () => {
  it('cuts what no index would take, never through a surrogate pair', () => {
    const { value, drift } = readWith(identifier, `${'x'.repeat(identifierLengthMax - 1)}😀`);
    expect(value).toBe(`${'x'.repeat(identifierLengthMax - 1)}\uFFFD`);
    expect(drift).toEqual([`unstorable_text longer than ${identifierLengthMax}`]);
  });
});

describe('word', () => {
  it('keeps a word that it does not know, and reports it', () => {
    const known = new Set(['done']);
    expect(readWith((reading, value, path) => word(reading, value, path, known), 'done').drift).toEqual([]);
    expect(readWith((reading, value, path) => word(reading, value, path, known), 'archived')).toEqual({
      value: 'archived',
      drift: ['new_value archived'],
    });
  });
});

describe('numberOrText', () => {
  it('takes a number as it takes its text', () => {
    expect(readWith(numberOrText, 17)).toEqual({ value: '17', drift: [] });
  });
});

describe('textOrJson', () => {
  it('writes an object that came in place of its JSON text', () => {
    expect(readWith(textOrJson, { a: 1 })).toEqual({ value: '{"a":1}', drift: ['changed_type object'] });
  });
});

describe('texts', () => {
  it('keeps the texts of a list, and reports the rest', () => {
    expect(readWith(texts, ['a', 5, null, {}])).toEqual({
      value: ['a', '5'],
      drift: ['changed_type number', 'changed_type null', 'changed_type object'],
    });
    expect(readWith(texts, [])).toEqual({ value: [], drift: [] });
    expect(readWith(texts, 'a')).toEqual({ value: null, drift: ['changed_type string'] });
  });
});

describe('flag', () => {
  it('reads booleans, and (reporting it) their texts and numbers', () => {
    expect(readWith(flag, true)).toEqual({ value: true, drift: [] });
    expect(readWith(flag, 'False')).toEqual({ value: false, drift: ['changed_type string'] });
    expect(readWith(flag, 1)).toEqual({ value: true, drift: ['changed_type number'] });
    expect(readWith(flag, 'perhaps')).toEqual({ value: null, drift: ['changed_type string'] });
    expect(readWith(flag, 2)).toEqual({ value: null, drift: ['changed_type number'] });
    expect(readWith(flag, null)).toEqual({ value: null, drift: [] });
  });
});
