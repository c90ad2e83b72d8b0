import { expect, test } from 'vitest';
import { headersSpelling, isHeaderName, isHeadersKey, mayHoldHeaders } from './headers-key.ts';

const spelt = [
  'headers',
  'Headers',
  'request_headers',
  'toolHeaders',
  'HEAD-ERS',
  'x.head_ers',
  'headers_',
  'headers -',
  'head ers',
  '=headers',
];

test.each(spelt)('%s is a key of headers, and no text that has it is passed over', (key) => {
  expect(isHeadersKey(key)).toBe(true);
  expect(mayHoldHeaders(JSON.stringify({ [key]: 1 }))).toBe(true);
  expect(new RegExp(headersSpelling, 'iu').test(key)).toBe(true);
});

test.each(['header', 'headers_count', 'headersé', 'heads', 's', ''])('%s is none', (key) => {
  expect(isHeadersKey(key)).toBe(false);
});

test('a text whose letters are escaped may hold any key', () => {
  expect(mayHoldHeaders('{"head\\u0065rs": 1}')).toBe(true);
  expect(mayHoldHeaders('{"message": "hello"}')).toBe(false);
});

test('the name of a header is kept, its value is not', () => {
  expect(['name', 'key', 'value'].map(isHeaderName)).toEqual([true, true, false]);
});
