import { makeLogger, type SourceConfig } from '@voxport/runtime';
import { runProgram } from '../src/program.ts';

/** What a command answered. */
export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Makes the function that runs `voxport …` in this process, on a database, a queue store and sources of the test's own. */
export function makeRunCommand(config: {
  databaseUrl: string;
  queueUrl: string | null;
  sources: readonly SourceConfig[];
}): (...args: readonly string[]) => Promise<Answer> {
  return async (...args) => {
    const stdout: string[] = [];
    const stderr: string[] = [];
    const exitCode = await runProgram(
      {
        loadConfig: () => ({ ...config, dataDir: '/nowhere', logLevel: 'silent' }),
        makeLogger: () => makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
        print: (text) => void stdout.push(text),
        note: (text) => void stderr.push(text),
        signal: new AbortController().signal,
      },
      args,
    );
    return { exitCode, stdout: stdout.join('\n'), stderr: stderr.join('\n') };
  };
}

/** The one JSON object of a command that was asked for it. */
export function jsonOf(answer: Answer): Record<string, unknown> {
  return JSON.parse(answer.stdout) as Record<string, unknown>;
}
