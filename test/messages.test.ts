import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { commandTree, type CommandTree } from './messages/command-tree.ts';
import { logFieldsOf } from './messages/log-fields-of.ts';
import { namesOf, type Names } from './messages/names-of.ts';
import { problemsOf } from './messages/problems-of.ts';
import { sentencesOf } from './messages/sentences-of.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = globSync('{packages,services}/*/src/**/*.ts', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !path.endsWith('.test.ts') && !/^packages\/(?:simulator|testkit)\//u.test(path))
  // The words of other companies' APIs.
  .filter((path) => path !== 'packages/source/src/request/foreign-words.ts');

let known: { names: Names; commands: CommandTree };
beforeAll(async () => {
  known = { names: namesOf(root), commands: await commandTree() };
}, 60_000);

test('every setting, option, command, column and class that a message names is there', () => {
  let sentences = 0;
  const problems = modules.flatMap((path) =>
    sentencesOf(path, readFileSync(`${root}/${path}`, 'utf8')).flatMap(({ text, line }) => {
      sentences += 1;
      return problemsOf(text, known).map((problem) => `${path}:${line}: ${problem}`);
    }),
  );
  expect(problems).toEqual([]);
  expect(sentences).toBeGreaterThan(1000);
});

test.each([
  ['Set VOXPORT_NONSENSE to a port.', 'no setting VOXPORT_NONSENSE'],
  ['QUEUE_URI: is not set. Set it to a Redis URL.', 'no setting QUEUE_URI'],
  ['Mount a file and set DATABASE_URL_FILES to it.', 'no setting DATABASE_URL_FILES'],
  ['check it with voxport sink, and try again', 'no command voxport sink'],
  ['look at them: voxport failures shew 5', 'no command voxport failures shew'],
  ['run it with --nonsense to see more', 'no option --nonsense'],
  ['look at voxport sync --detach for a while', 'voxport sync has no option --detach'],
  ['the source needs its apiKey in the file', 'apiKey is no name that a person can set'],
  ['the source needs its api_kez_env in the file', 'no name api_kez_env'],
  ['if it has none, set details: auto for this source', 'no setting details'],
])('"%s" is refused: %s', (text, problem) => {
  expect(problemsOf(text, known)).toEqual([expect.stringContaining(problem)]);
});

test('what is there is not refused, in the middle of a sentence too', () => {
  for (const text of [
    'Set DATABASE_URL, or DATABASE_URL_FILE, and see voxport failures show <number> --payload for more.',
    'voxport failures retry reads it again after an update; voxport is up, and voxport query --demo -x "…" asks.',
    'set check_message_count: false for this source, or detail: auto; started_at and last_error tell more',
    "'voxport runs resume 5 --source support' continues it (class server_error)",
  ])
    expect(problemsOf(text, known)).toEqual([]);
});

test('a log line has the class of a failure as errorClass, and under no other name', () => {
  const fields = modules.flatMap((path) =>
    logFieldsOf(path, readFileSync(`${root}/${path}`, 'utf8')).map((field) => `${path}: ${field}`),
  );
  expect(fields.filter((field) => field.endsWith(': errorClass')).length).toBeGreaterThan(3);
  expect(fields.filter((field) => /: (?:code|class|error_?code|failureClass)$/iu.test(field))).toEqual([]);
});

test('the names are read from the code', () => {
  expect(known.names.settings.size).toBeGreaterThan(25);
  expect(known.names.keys.size).toBeGreaterThan(50);
  expect([...known.commands.keys()]).toContain('failures retry');
  expect(known.commands.size).toBeGreaterThan(25);
});
