import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The processes of the fleet, and what each of them runs. */
const programs = {
  scheduler: 'services/scheduler/src/main.ts',
  'worker-1': 'services/worker/src/main.ts',
  'worker-2': 'services/worker/src/main.ts',
  'loader-1': 'services/loader/src/main.ts',
  'loader-2': 'services/loader/src/main.ts',
} as const;
export type ProcessName = keyof typeof programs;
export const processNames = Object.keys(programs) as [ProcessName, ...ProcessName[]];

/** How a process is started beside its settings: a clock of its own, for instance. */
export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

/** Services as processes of their own, with real signals. */
export interface Fleet {
  /** Starts a process; resolves when it says that it is up. */
  start(name: ProcessName, options?: StartOptions): Promise<void>;
  /** Starts all that do not run. */
  startAll(): Promise<void>;
  /** Sends a signal and waits for the end; `null` when it was down already. */
  end(name: ProcessName, signal: 'SIGKILL' | 'SIGTERM'): Promise<{ code: number | null; tookMs: number } | null>;
  /** Sends a signal without waiting. */
  signal(name: ProcessName, signal: NodeJS.Signals): void;
  /** What ended without having been told to, in words. */
  unexpectedEnds(): readonly string[];
  close(): Promise<void>;
}

export interface FleetSettings {
  readonly directory: string;
  /** The settings of one process. */
  readonly environmentOf: (name: ProcessName) => Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const startTimeoutMs = 90_000;

/** Makes the fleet; nothing runs yet. Each process writes its log to a file of its name. */
export function makeFleet({ directory, environmentOf, signal }: FleetSettings): Fleet {
  interface Running {
    readonly child: ChildProcess;
    isUp: boolean;
    isMeantToEnd: boolean;
  }
  const running = new Map<ProcessName, Running>();
  const unexpected: string[] = [];

  async function start(name: ProcessName, options: StartOptions = {}): Promise<void> {
    const child = spawn(process.execPath, [...(options.nodeArguments ?? []), programs[name]], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'info', ...environmentOf(name), ...options.environment },
    });
    const log = createWriteStream(join(directory, `${name}.log`), { flags: 'a' });
    const one: Running = { child, isUp: false, isMeantToEnd: false };
    running.set(name, one);
    let lastLine = '';
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.write(`${line}\n`);
      lastLine = line;
      if (/the (?:scheduler|worker|loader) is up/u.test(line)) one.isUp = true;
    });
    child.on('exit', (code, by) => {
      if (running.get(name) === one) running.delete(name);
      if (!one.isMeantToEnd) unexpected.push(`${name} ended by itself (${code ?? by}): ${lastLine.slice(0, 300)}`);
    });
    child.on('close', () => log.end());
    await until(`${name} to be up`, () => one.isUp || one.isMeantToEnd || child.exitCode !== null, {
      timeoutMs: startTimeoutMs,
      signal,
    });
  }

  async function end(
    name: ProcessName,
    by: 'SIGKILL' | 'SIGTERM',
  ): Promise<{ code: number | null; tookMs: number } | null> {
    const one = running.get(name);
    if (one === undefined) return null;
    one.isMeantToEnd = true;
    const startedMs = performance.now();
    const exited = once(one.child, 'exit');
    one.child.kill(by);
    const [code] = (await exited) as [number | null];
    return { code, tookMs: performance.now() - startedMs };
  }

  return {
    start,
    async startAll() {
      await Promise.all(processNames.filter((name) => !running.has(name)).map((name) => start(name)));
    },
    end,
    signal(name, by) {
      running.get(name)?.child.kill(by);
    },
    unexpectedEnds: () => unexpected,
    async close() {
      await Promise.all([...running.keys()].map((name) => end(name, 'SIGKILL')));
    },
  };
}

/** Runs one command of the CLI to its end. @throws Error with what it wrote when it fails. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(process.execPath, ['services/cli/src/main.ts', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'warn', ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`voxport ${args.join(' ')} ended with ${code}: ${output.trim()}`);
  return output;
}
