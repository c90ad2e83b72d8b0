import { expect, test } from 'vitest';
import { table } from './table.ts';

const titles = ['run', 'kind', 'state', 'range', 'listed', 'failed'];
const rows = [
  ['12', 'backfill', 'with failures', '2026-09-01 to 2026-10-01', '1,204', '3'],
  ['7', 'sync', 'finished', '', '60', '0'],
];

test('what fits is a table with aligned columns, with what belongs below a row', () => {
  expect(table('Runs', titles, [{ cells: rows[0]!, below: ['    why'] }, rows[1]!], 80)).toBe(
    [
      'Runs',
      '  run  kind      state          range                     listed  failed',
      '  12   backfill  with failures  2026-09-01 to 2026-10-01  1,204   3',
      '    why',
      '  7    sync      finished                                 60      0',
    ].join('\n'),
  );
});

test('what does not fit is a record per row: no word is broken, no line is too long, nothing is left out', () => {
  const text = table('Runs', titles, [{ cells: rows[0]!, below: ['    why'] }, rows[1]!], 60);
  expect(text).toBe(
    [
      'Runs',
      '  run 12  backfill',
      '    state with failures · range 2026-09-01 to 2026-10-01',
      '    listed 1,204 · failed 3',
      '    why',
      '  run 7  sync',
      '    state finished · listed 60 · failed 0',
    ].join('\n'),
  );
});

test('a value that is longer than a line is broken at spaces; a word that no line can hold is cut', () => {
  const text = table('Met', ['what', 'count', 'path'], [['changed type', '3', `support ${'long.'.repeat(20)}end`]], 60);
  expect(text.split('\n')).toEqual([
    'Met',
    '  what changed type  3',
    '    path support',
    `      ${'long.'.repeat(20).slice(0, 53)}…`,
  ]);
});
