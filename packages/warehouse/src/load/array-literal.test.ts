import { expect, test } from 'vitest';
import { arrayLiteral } from './array-literal.ts';

test('an array is written as Postgres reads it', () => {
  expect(arrayLiteral([])).toBe('{}');
  expect(arrayLiteral([1, -1.5, true, null])).toBe('{1,-1.5,true,NULL}');
  expect(arrayLiteral(['a', '', 'NULL', 'a,b', '{x}'])).toBe('{"a","","NULL","a,b","{x}"}');
  expect(arrayLiteral([String.raw`a"b\c`])).toBe(String.raw`{"a\"b\\c"}`);
  expect(arrayLiteral([Uint8Array.of(0, 255)])).toBe(String.raw`{"\\x00ff"}`);
});

test('a nested array is one quoted element', () => {
  expect(arrayLiteral([['a', 'b"'], [], null])).toBe(String.raw`{"{\"a\",\"b\\\"\"}","{}",NULL}`);
});
