import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../services/cli/src/program.ts';
import { commandsOf } from './documents/commands-of.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'AGENTS.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CODE_OF_CONDUCT.md',
].concat(
  globSync('{docs,infra}/**/*.md', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    // Answers of commands, two of which are refused on purpose; services/cli/test/outputs.live.test.ts holds them.
    .filter((path) => !path.endsWith('-columns.md')),
);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** In a sentence a command may be named without what it needs to run. */
const leavesOut = /missing required argument|required option|needs the number|needs to know which/u;

/**
 * Resolves with what is wrong with the words after `voxport`; null when the command line is accepted, as the command
 * itself reads it.
 */
async function problemOf(args: readonly string[]): Promise<string | null> {
  const accepted = new Error('accepted');
  const notes: string[] = [];
  const stop = (): never => {
    throw accepted;
  };
  try {
    const code = await runProgram(
      {
        loadConfig: stop,
        makeLogger: stop,
        print: () => {},
        printExact: () => {},
        columns: 80,
        note: (text) => void notes.push(text),
        signal: new AbortController().signal,
      },
      args,
    );
    return code === 0 ? null : notes.join(' ');
  } catch (error) {
    return error === accepted ? null : String(error);
  }
}

test.each(documents)('%s: every command is one that there is, with the options that there are', async (path) => {
  const problems: string[] = [];
  for (const { program, args, text, isMention } of commandsOf(read(path))) {
    if (program === 'voxport') {
      const problem = await problemOf(args);
      if (problem !== null && !(isMention && leavesOut.test(problem))) problems.push(`${text}: ${problem}`);
    } else if (program === 'pnpm') {
      const [script = ''] = args;
      if (!(script in scripts) && !['install', 'exec', 'test', 'add'].includes(script))
        problems.push(`${text}: no such script`);
    } else if (args[0]?.endsWith('.ts') === true && !existsSync(join(root, args[0]))) {
      problems.push(`${text}: there is no ${args[0]}`);
    }
  }
  expect(problems).toEqual([]);
});

test('the commands of the documents are found, and a wrong one is', async () => {
  const all = documents.flatMap((path) => commandsOf(read(path)));
  expect(all.filter(({ program }) => program === 'voxport').length).toBeGreaterThan(30);
  expect(all.filter(({ program }) => program === 'pnpm').length).toBeGreaterThan(10);
  expect(await problemOf(['sink'])).toMatch(/unknown command/u);
  expect(await problemOf(['sync', '--nonsense'])).toMatch(/unknown option/u);
  expect(await problemOf(['backfill', '--from', 'yesterdayish'])).toMatch(/--from/u);
  expect(
    commandsOf('```sh\nELEVENLABS_API_KEY=… npx -y pnpm@12 voxport query --demo "select 1" # what it does\n```\n'),
  ).toEqual([
    { program: 'voxport', args: ['query', '--demo', 'select 1'], text: expect.any(String), isMention: false },
  ]);
});

test.each(documents)('%s: every link leads somewhere', (path) => {
  const dead = Array.from(
    read(path).matchAll(/\]\((?!https?:|mailto:)([^)#\s]+)(?:#[^)]*)?\)/gu),
    ([, target = '']) => target,
  ).filter((target) => !existsSync(join(root, dirname(path), target)));
  expect(dead).toEqual([]);
});

test('docs/reliability.md: every test that it names is there, under that name', () => {
  const named = Array.from(
    read('docs/reliability.md').matchAll(/`([\w./-]+\.test\.ts)`: "([^"]+)"/gu),
    ([, path = '', name = '']) => ({ path, name }),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ path, name }) => !existsSync(join(root, path)) || !read(path).includes(name))).toEqual([]);
});
