import { expect, test } from 'vitest';
import { wrapped } from './wrapped.ts';

test.each([40, 60, 80, 120])('breaks a line at spaces, never in a word, at %s columns', (columns) => {
  const words = Array.from({ length: 60 }, (_, index) => `word${index}`);
  const lines = wrapped(`  ${words.join(' ')}`, '    ', columns);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(lines.slice(1).every((line) => line.startsWith('    word'))).toBe(true);
  expect(lines.join(' ').trim().split(/\s+/u)).toEqual(words);
});

test('leaves a word whole that no line can hold', () => {
  const long = 'x'.repeat(70);
  expect(wrapped(`a ${long} b c`, '  ', 40)).toEqual([`a ${long}`, '  b c']);
});
