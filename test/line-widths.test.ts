import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const widthMax = 120;

/** Generated, or held by a test of its own; migrations that have run somewhere stay as they are. */
const exempt = [/^docs\/outputs\//u, /^docs\/coverage\.md$/u, /^packages\/warehouse\/src\/migrations\//u];

/** A comment that has its line to itself, except an instruction to the linter. */
const comment = /^\s*(?:\/\/|\/?\*|--|#) (?!oxlint-)/u;

/** Numbers of the lines of prose in a document: no code, and no table, whose cells cannot be broken. */
function proseOf(lines: readonly string[]): number[] {
  let isCode = false;
  return lines.flatMap((line, index) => {
    if (/^\s*```/u.test(line)) {
      isCode = !isCode;
      return [];
    }
    return isCode || line.trimStart().startsWith('|') ? [] : [index];
  });
}

test('comments and the prose of documents fit in 120 columns', () => {
  const paths = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  const wide = paths
    .filter((path) => /(?:\.(?:ts|js|mjs|sql|ya?ml|sh|md)|\/run|Dockerfile)$/u.test(path))
    .filter((path) => !exempt.some((pattern) => pattern.test(path)))
    .flatMap((path) => {
      const lines = readFileSync(join(root, path), 'utf8').split('\n');
      const judged = path.endsWith('.md')
        ? proseOf(lines)
        : [...lines.keys()].filter((index) => comment.test(lines[index]!));
      return judged
        .filter((index) => Array.from(lines[index]!).length > widthMax)
        .map((index) => `${path}:${index + 1}`);
    });
  expect(wide).toEqual([]);
});
