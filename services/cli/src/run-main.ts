import { relative } from 'node:path';
import { shutdownSignal } from '@voxport/runtime/shutdown';
import { askOnTerminal } from './ask-on-terminal.ts';
import { asInvoked, invokedAs } from './invocation.ts';
import { endWithReader } from './end-with-reader.ts';
import { runProgram } from './program.ts';
import { columnsOf } from './terminal/columns-of.ts';
import { fitted } from './terminal/fitted.ts';
import { printable } from './terminal/printable.ts';
import { makeStatusLine } from './terminal/status-line.ts';

/**
 * The command as a process: reads its arguments, runs it, and sets the exit code. What a command needs is imported when
 * it is known which one it is: `voxport --version` needs none of it.
 * @param environment the variables of the process.
 */
export async function runMain(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const terminal = process.stderr.isTTY && environment['TERM'] !== 'dumb' ? makeStatusLine(process.stderr) : null;
  const [, program = '', ...args] = process.argv;
  const invocation = invokedAs({
    environment,
    program,
    programFromHere: relative(process.cwd(), program),
  });
  /** Everything that goes to stderr goes through here: a bar that is drawn there stays whole. */
  const writeError = (text: string): void => {
    if (terminal === null) process.stderr.write(text);
    else terminal.write(text);
  };
  const shown = (stream: NodeJS.WriteStream, text: string): string => (stream.isTTY ? printable(text) : text);
  const writeOut = (text: string): void => void process.stdout.write(`${shown(process.stdout, text)}\n`);
  /** Words for a person, with the command as it was invoked, within the lines of a terminal. */
  const advice = (stream: NodeJS.WriteStream, text: string): string => {
    const invoked = asInvoked(text, invocation);
    return stream.isTTY ? fitted(invoked, columnsOf(stream)) : invoked;
  };
  endWithReader(process);
  const { signal, stopListening } = shutdownSignal(process, (code) => process.exit(code));
  try {
    process.exitCode = await runProgram(
      {
        loadConfig: async ({ needsSources }) => {
          const { loadConfig } = await import('@voxport/runtime/config');
          const { parseSourceFilters } = await import('@voxport/source/filters');
          return loadConfig({ variables: environment, needsSources, parseFilters: parseSourceFilters });
        },
        makeLogger: async (config) => {
          const { makeLogger, secretsOf } = await import('@voxport/runtime');
          return makeLogger({
            level: config.logLevel,
            secrets: secretsOf(config),
            service: 'voxport',
            isTerminal: process.stderr.isTTY,
            ...(terminal === null ? {} : { writeLine: terminal.write }),
          });
        },
        // A terminal gets printable text; a file or a program the very bytes.
        print: (text) => writeOut(args.includes('--json') ? text : advice(process.stdout, text)),
        printExact: writeOut,
        columns: columnsOf(process.stdout),
        note: (text) => writeError(`${shown(process.stderr, advice(process.stderr, text))}\n`),
        ...(terminal === null ? {} : { terminal }),
        ...(process.stdin.isTTY && process.stderr.isTTY
          ? { ask: (question: string) => askOnTerminal(question, process, signal) }
          : {}),
        signal,
      },
      args,
    );
  } catch (error) {
    const { describeProblem } = await import('./describe-problem.ts');
    const { message, exitCode } = describeProblem(error, signal);
    terminal?.clear();
    writeError(`${advice(process.stderr, `voxport: ${message}`)}\n`);
    process.exitCode = exitCode;
  } finally {
    stopListening();
  }
}
