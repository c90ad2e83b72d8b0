import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { atEnd } from './at-end.ts';
import { eventually, patienceMs } from './eventually.ts';
import { recordProcess } from './process-records.ts';
import { findTestServers } from './servers.ts';

export interface StartedProcess {
  readonly pid: number;
  /** The lines so far; both grow while it runs. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /**
   * The first line of either output that matches, past or to come. Rejects when it ends without one, telling what it
   * wrote.
   */
  waitForLine(pattern: RegExp, options?: { timeoutMs?: number }): Promise<string>;
  /** Sends a signal; `exited` tells when it has ended. */
  kill(signal?: NodeJS.Signals): void;
  /** Settles when it has ended and its outputs are complete. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Of the environment: what programs need to run at all, nothing that could configure ours. */
const passedOn = ['PATH', 'HOME', 'USER', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'NODE_V8_COVERAGE'] as const;

/**
 * Starts a real process for a test; it is killed (SIGKILL) when the test ends, or the file's tests if started outside
 * one. `env` is all that it gets beside PATH, HOME and the like: settings of the machine do not reach it.
 */
export function startProcess(
  command: string,
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): StartedProcess {
  const inherited = passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...(Object.fromEntries(inherited) as Record<string, string>), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const processDir = findTestServers()?.processDir;
  if (processDir) recordProcess(processDir, child);
  const stdout = collectLines(child.stdout);
  const stderr = collectLines(child.stderr);
  const exited = once(child, 'close').then(([code, signal]: unknown[]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  // Whoever awaits it gets the error (no such program); nobody need await it.
  exited.catch(() => undefined);
  atEnd(async () => {
    child.kill('SIGKILL');
    await exited.catch(() => undefined);
  });

  const waitForLine = async (
    pattern: RegExp,
    { timeoutMs = patienceMs }: { timeoutMs?: number } = {},
  ): Promise<string> => {
    const find = (): string | undefined => [...stdout, ...stderr].find((line) => pattern.test(line));
    const ended = exited.then((end) => ({ end }));
    const found = await Promise.race([eventually(find, { what: `a line ${String(pattern)}`, timeoutMs }), ended]).catch(
      (cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${describe()} wrote no line ${String(pattern)}: ${reason}\n${tail()}`, { cause });
      },
    );
    const line = typeof found === 'string' ? found : find();
    if (line !== undefined) return line;
    const end = await exited;
    throw new Error(`${describe()} ended (${end.code ?? end.signal}) without a line ${String(pattern)}.\n${tail()}`);
  };
  const describe = (): string => [command, ...args].join(' ');
  const tail = (): string => [...stdout.slice(-20), ...stderr.slice(-20)].join('\n');

  return {
    pid: child.pid ?? 0,
    stdout,
    stderr,
    waitForLine,
    kill: (signal = 'SIGTERM') => void child.kill(signal),
    exited,
  };
}

function collectLines(stream: Readable): string[] {
  const lines: string[] = [];
  createInterface({ input: stream }).on('line', (line) => lines.push(line));
  return lines;
}
