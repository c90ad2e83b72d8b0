import { expect, test } from 'vitest';
import type { Json } from '../model/types.ts';
import { compareValue, parseComparison } from './comparison.ts';

test.each<[string, Json, boolean]>([
  ['x:eq:a', 'a', true],
  ['x:eq:a', 'b', false],
  ['x:eq:a:b', 'a:b', true],
  ['x:eq:3', 3, true],
  ['x:eq:true', true, true],
  ['x:eq:', null, true],
  ['x:eq:', 'a', false],
  ['x:neq:', 'a', true],
  ['x:neq:', null, false],
  ['x:neq:a', null, true],
  ['x:in:a|b', 'b', true],
  ['x:in:a|b', null, false],
  ['x:gt:2', 3, true],
  ['x:gt:3', 3, false],
  ['x:gte:3', 3, true],
  ['x:lt:3', 2.5, true],
  ['x:lte:2', 3, false],
  ['x:gt:2', '3', false],
  ['x:exists:', 0, true],
  ['x:missing:', null, true],
  ['x:sounds_like:a', 'a', false],
])('%s on %o is %s', (param, value, wanted) => {
  expect(compareValue(parseComparison(param), value)).toBe(wanted);
});
