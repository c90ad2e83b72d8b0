import { defaultAlerts, makeLogger, type AlertsConfig, type Config, type SourceConfig } from '@voxport/runtime';
import type { ExitCode } from '../src/command-context.ts';
import { runProgram } from '../src/program.ts';
import { noHttp } from './export-parts.ts';

/** What a command said and how it ended. */
export interface CommandResult {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, with a configuration that is made by hand. */
export async function runCommand(
  config: { databaseUrl: string; queueUrl: string | null; sources: readonly SourceConfig[]; alerts?: AlertsConfig },
  args: readonly string[],
  edges: { ask?: (question: string) => Promise<string> } = {},
): Promise<CommandResult> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const whole: Config = {
    alerts: defaultAlerts(),
    ...config,
    dataDir: '/nonexistent',
    logLevel: 'silent',
    health: null,
    traces: null,
    http: noHttp,
  };
  const exitCode = await runProgram(
    {
      loadConfig: () => whole,
      makeLogger: () => makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
      print: (text) => void stdout.push(text),
      note: (text) => void stderr.push(text),
      signal: new AbortController().signal,
      ...edges,
    },
    args,
  );
  return { exitCode, stdout: stdout.join('\n'), stderr: stderr.join('\n') };
}
