import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = new URL('..', import.meta.url);
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), 'utf8');

/** The tests that a table of promises names: a file, and the title of a test in it. */
function promisedTests(text: string): { path: string; title: string }[] {
  return [...text.matchAll(/\| `([^`|]+\.test\.ts)`: "([^|]+)" +\|$/gmu)].map(([, path = '', title = '']) => ({
    path,
    title,
  }));
}

/** What is wrong with a promised test; null where it is there. */
function problemOf({ path, title }: { path: string; title: string }): string | null {
  let text: string;
  try {
    text = read(path);
  } catch {
    return `there is no ${path}`;
  }
  // As `test('…'` and as `test.each(…)('…'` write it; prettier quotes are theirs.
  const isThere = [`'${title}'`, `"${title}"`, `\`${title}\``].some(
    (quoted) => text.includes(`(${quoted}`) || text.includes(`(\n  ${quoted}`),
  );
  return isThere ? null : `${path} has no test "${title}"`;
}

const section = 'What holds, and by which test';

test('every promise of docs/privacy.md names a test that is there', () => {
  const text = read('docs/privacy.md');
  const rows = text
    .slice(text.indexOf(section))
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  const promised = promisedTests(text);
  expect(promised.length).toBeGreaterThan(15);
  expect(promised).toHaveLength(rows.length);
  expect(promised.flatMap((one) => problemOf(one) ?? [])).toEqual([]);
});

test('a test that was renamed, or has gone, is found', () => {
  expect(
    problemOf({ path: 'test/promises.test.ts', title: 'a test that nobody wrote, of which only this line tells' }),
  ).toMatch(/has no test/u);
  expect(problemOf({ path: 'test/nothing.test.ts', title: 'x' })).toBe('there is no test/nothing.test.ts');
});
