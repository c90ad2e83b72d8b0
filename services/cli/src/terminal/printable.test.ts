import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['\u001b[2J\u001b[H', '\\x1b[2J\\x1b[H'],
  ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
  ['\u009b31m', '\\x9b31m'],
  ['gone\rover', 'gone\\x0dover'],
  ['a\u0000b\u007f', 'a\\x00b\\x7f'],
  ['a\u202eb', 'a\\u202eb'],
])('%j is shown, not obeyed', (text, shown) => expect(printable(text)).toBe(shown));

test('lines, tabs, accents and emoji stay', () => {
  const text = 'Zürich\t→ 日本\n👩‍💻';
  expect(printable(text)).toBe(text);
});
