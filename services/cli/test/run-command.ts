import {
  defaultAlerts,
  loadConfig,
  makeLogger,
  type AlertsConfig,
  type Config,
  type SourceConfig,
} from '@voxport/runtime';
import { parseSourceFilters } from '@voxport/source';
import type { CommandContext, ExitCode } from '../src/command-context.ts';
import { runProgram } from '../src/program.ts';
import { noHttp } from './export-parts.ts';

/** What a command said and how it ended. */
export interface CommandResult {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command asks of its surroundings; the rest is the same for every test. */
type Edges = Pick<CommandContext, 'loadConfig' | 'ask'> & {
  readonly columns?: number;
  readonly signal?: AbortSignal;
  /** Told what the command says on stderr, as it says it. */
  readonly onNote?: (text: string) => void;
};

/**
 * Runs a command line in this process, with the configuration that an environment gives it. What it throws, `voxport`
 * would tell.
 */
export function runCommandIn(env: Readonly<Record<string, string>>, args: readonly string[]): Promise<CommandResult> {
  return run(
    {
      loadConfig: async ({ needsSources }) =>
        loadConfig({ variables: env, needsSources, parseFilters: parseSourceFilters }),
    },
    args,
  );
}

/** Runs a command line in this process, with a configuration that is made by hand. */
export async function runCommand(
  config: {
    databaseUrl: string;
    queueUrl: string | null;
    sources: readonly SourceConfig[];
    alerts?: AlertsConfig;
    databaseLogins?: Config['databaseLogins'];
    http?: Config['http'];
  },
  args: readonly string[],
  edges: Omit<Edges, 'loadConfig'> = {},
): Promise<CommandResult> {
  const whole: Config = {
    alerts: defaultAlerts(),
    databaseLogins: { adminUrl: null, ownerUrl: null, gatewayUrl: null, readerUrl: null },
    http: noHttp,
    ...config,
    dataDir: '/nonexistent',
    logLevel: 'silent',
    health: null,
    traces: null,
  };
  return run({ loadConfig: async () => whole, ...edges }, args);
}

async function run({ onNote, ...edges }: Edges, args: readonly string[]): Promise<CommandResult> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exitCode = await runProgram(
    {
      makeLogger: async () => makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
      print: (text) => void stdout.push(text),
      printExact: (text) => void stdout.push(text),
      columns: 80,
      note: (text) => {
        stderr.push(text);
        onNote?.(text);
      },
      signal: new AbortController().signal,
      ...edges,
    },
    args,
  );
  return { exitCode, stdout: stdout.join('\n'), stderr: stderr.join('\n') };
}
