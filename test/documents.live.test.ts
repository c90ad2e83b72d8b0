import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestLogin, startProcess } from '../packages/testkit/src/index.ts';
import { expect, test } from 'vitest';
import { commandsOf, type DocumentedCommand } from './documents/commands-of.ts';
import { noHttp, syncOnce } from '../services/cli/test/export-parts.ts';
import { openExport } from '../services/cli/test/open-export.ts';
import { runCommand, type CommandResult } from '../services/cli/test/run-command.ts';

const root = join(import.meta.dirname, '..');
// The answers in docs/outputs are run by outputs.live.test.ts.
const documents = globSync('{*.md,docs/**/*.md,infra/**/*.md}', { cwd: root }).filter(
  (path) => !path.startsWith('docs/outputs/'),
);

/** Commands that this test does not run, each with what does, or why nothing can. */
const notRunHere: readonly { readonly command: RegExp; readonly why: string }[] = [
  { command: /^voxport demo$/u, why: 'starts an embedded Postgres: pnpm pack:check runs it from the package' },
  {
    command: /^voxport database /u,
    why: 'is about an embedded Postgres: packages/embedded and surroundings.live.test.ts',
  },
  { command: /^voxport alerts test$/u, why: 'needs a receiver: alerts.live.test.ts has one' },
  { command: /^pnpm (?:install|exec|test|check|demo)\b/u, why: 'is how this test itself is run, or set up' },
  { command: /^pnpm (?:pack|release|infra):/u, why: 'installs packages or builds images: CI runs it' },
  {
    command: /^pnpm (?:docs|infra|model|simulator|conformance)/u,
    why: 'writes documents or runs for long: a test of its own holds it',
  },
  { command: /^pnpm attack$/u, why: 'starts an instance of its own and attacks it for minutes: attack.live.test.ts' },
  { command: /^pnpm sbom:check$/u, why: 'asks the registry of packages: CI runs it' },
  {
    command: /^voxport failures retry --stage webhook$/u,
    why: 'needs a webhook that could not be read: webhook-shapes.live.test.ts has some',
  },
  {
    command: /^voxport (?:readers on|query --as)/u,
    why: 'needs an owner and logins as an installation has them: readers-by-source.live.test.ts, query.live.test.ts',
  },
  { command: /^pnpm (?:fuzz|environments)\b/u, why: 'runs for minutes: CI runs both, short' },
  { command: /^pnpm chaos(?! --list)/u, why: 'runs for minutes: CI runs chaos --short' },
  { command: /^node /u, why: 'a process of a fleet, which ends with a signal: fleet.live.test.ts starts each' },
];

interface Found extends DocumentedCommand {
  readonly path: string;
  readonly line: string;
}

/**
 * Every command once, with the first document that has it. In a sentence it may be named without what it needs to run.
 */
function documented(): Found[] {
  const found = new Map<string, Found>();
  for (const path of documents) {
    for (const command of commandsOf(readFileSync(join(root, path), 'utf8'))) {
      const line = [command.program, ...command.args].join(' ');
      if (!found.has(line) || found.get(line)?.isMention === true) found.set(line, { ...command, path, line });
    }
  }
  return [...found.values()];
}

test('every command of every document does what it says, in an environment of a few calls', async () => {
  await using parts = await openExport({ simulator: { conversationCount: 20, seed: 5 } });
  const readerUrl = await createTestLogin(parts.config.databaseUrl, 'voxport_bi');
  const config = {
    ...parts.config,
    databaseLogins: { adminUrl: null, ownerUrl: null, gatewayUrl: null, readerUrl },
    http: { ...noHttp, port: 0, isPortGiven: false },
  };
  await syncOnce(parts.context);

  async function run({ program, args }: Found): Promise<CommandResult> {
    if (program === 'pnpm') {
      const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      const [, ...script] = (scripts[args[0] ?? ''] ?? '').split(' ');
      const started = startProcess(process.execPath, [
        ...script.map((word) => (word.endsWith('.ts') ? join(root, word) : word)),
        ...args.slice(1),
      ]);
      const { code } = await started.exited;
      return { exitCode: code === 0 ? 0 : 1, stdout: started.stdout.join('\n'), stderr: started.stderr.join('\n') };
    }
    if (args[0] !== 'up') return runCommand(config, args);
    const closing = new AbortController();
    return runCommand(config, args, {
      signal: closing.signal,
      onNote: (text) => {
        if (text.includes("The operators' page")) closing.abort();
      },
    });
  }

  const problems: string[] = [];
  const ran: string[] = [];
  for (const command of documented()) {
    if (notRunHere.some((exception) => exception.command.test(command.line))) continue;
    const { path, line, isMention } = command;
    try {
      const { exitCode, stderr, stdout } = await run(command);
      // A mention may leave out what the command needs: it says so, and ends with 2.
      if (exitCode !== 0 && !(isMention && exitCode === 2))
        problems.push(`${path}: ${line} ends with ${exitCode}: ${stderr} ${stdout.slice(0, 500)}`);
      else ran.push(line);
    } catch (error) {
      if (!isMention || !(error instanceof Error && error.name === 'UsageError'))
        problems.push(`${path}: ${line}: ${String(error)}`);
    }
  }
  expect(problems).toEqual([]);
  expect(ran.length).toBeGreaterThan(10);
});

test('no exception stands for a command that no document has any more', () => {
  const lines = documented().map(({ line }) => line);
  const needed = notRunHere.filter(({ command }) => lines.some((line) => command.test(line)));
  expect(needed.map(({ why }) => why)).toEqual(notRunHere.map(({ why }) => why));
});
