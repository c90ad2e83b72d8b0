import { expect, test } from 'vitest';
import { parsePath } from './path.ts';

test.each([
  [
    'a.b',
    [
      { kind: 'key', key: 'a' },
      { kind: 'key', key: 'b' },
    ],
  ],
  ['$.a', [{ kind: 'key', key: 'a' }]],
  ['a[].b', [{ kind: 'key', key: 'a' }, { kind: 'item' }, { kind: 'key', key: 'b' }]],
  ['a[*]', [{ kind: 'key', key: 'a' }, { kind: 'item' }]],
  ['a.*.b', [{ kind: 'key', key: 'a' }, { kind: 'one' }, { kind: 'key', key: 'b' }]],
  ['**.b', [{ kind: 'deep' }, { kind: 'key', key: 'b' }]],
  [
    'a."b.c \\" d"',
    [
      { kind: 'key', key: 'a' },
      { kind: 'key', key: 'b.c " d' },
    ],
  ],
])('%s is read', (text, steps) => {
  expect(parsePath(text)).toEqual(steps);
});

test.each(['', 'a.', '.a', 'a..b', 'a b', 'a[0]', 'a"b"', '"open'])('%j is told to be no path', (text) => {
  expect(parsePath(text)).toEqual(expect.any(String));
});
