import { expect, test } from 'vitest';
import { fitted } from './fitted.ts';

const retry = 'voxport failures retry --source support --stage fetch --class invalid_request';

test('text that fits stays as it is, and so do its blank lines', () => {
  const text = 'No alert is open.\n\n  → voxport up\n';
  expect(fitted(text, 60)).toBe(text);
});

test('a sentence is broken at spaces, as deep as it begins', () => {
  expect(fitted('  QUEUE_URL is not set: the queue runs in the database.', 30)).toBe(
    '  QUEUE_URL is not set: the\n  queue runs in the database.',
  );
  expect(fitted('   → Check base_url, dialect and the network.', 30)).toBe(
    '   → Check base_url, dialect\n     and the network.',
  );
});

test.each([40, 60, 80])('a command that is broken at %s columns can be copied: a shell reads one line', (columns) => {
  for (const invoked of [retry, `npx -y pnpm@12 ${retry}`, retry.replace('voxport', 'node services/cli/src/main.ts')]) {
    const lines = fitted(`   → ${invoked}`, columns).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns);
    const typed = lines.join('\n').replaceAll('→', ' ').replaceAll('\\\n', ' ');
    expect(typed).not.toContain('\n');
    expect(typed.trim().split(/\s+/u).join(' ')).toBe(invoked);
  }
});

test('what stands in quotes is broken in no command', () => {
  const text = `   → voxport query --demo -x "select agent_name from voxport.conversations" --csv`;
  expect(fitted(text, 60).split('\n')).toEqual([
    '   → voxport query --demo -x \\',
    '       "select agent_name from voxport.conversations" --csv',
  ]);
});

test('a word that no line can hold stays whole', () => {
  const url = `https://example.com/${'x'.repeat(60)}`;
  expect(fitted(`see ${url} for more`, 40)).toBe(`see\n${url}\nfor more`);
});
