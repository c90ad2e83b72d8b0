import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@voxport/embedded';
import { countStatements } from './statement-costs.ts';

/** A server that a benchmark runs against, and the process to measure. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** A fresh embedded Postgres with the settings that users get; it counts what each statement costs where asked to. */
export async function startPostgres({ countsStatements = false } = {}): Promise<BenchServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'voxport-bench-'));
  let { url } = await startEmbeddedPostgres({ dataDir });
  if (countsStatements) {
    await countStatements(url);
    await stopEmbeddedPostgres({ dataDir });
    ({ url } = await startEmbeddedPostgres({ dataDir }));
  }
  const pid = Number((await readFile(await findPidFile(dataDir), 'utf8')).split('\n')[0]);
  return {
    url,
    pid,
    async [Symbol.asyncDispose]() {
      await stopEmbeddedPostgres({ dataDir });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function findPidFile(dataDir: string): Promise<string> {
  const { glob } = await import('node:fs/promises');
  for await (const path of glob('**/postmaster.pid', { cwd: dataDir })) return join(dataDir, path);
  throw new Error('the embedded Postgres has no postmaster.pid');
}

/** A Redis as production runs it: append-only file every second, no eviction. */
export async function startRedis(): Promise<BenchServer> {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-bench-'));
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
  const child = spawn('redis-server', [...settings, '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await lineMatching(child, /Ready to accept connections/);
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      await end(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The simulator in a process of its own. */
export async function startSimulator(args: readonly string[]): Promise<BenchServer> {
  const child = spawn(process.execPath, ['packages/simulator/src/main.ts', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { url } = JSON.parse(await lineMatching(child, /^\{/)) as { url: string };
  return { url, pid: child.pid!, [Symbol.asyncDispose]: () => end(child) };
}

/** Starts one of Voxport's processes; its output is read by the caller. */
export function startVoxport(args: readonly string[], settings: Readonly<Record<string, string>>): ChildProcess {
  // The flags of the package's own script.
  return spawn(process.execPath, ['--max-semi-space-size=64', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'warn', ...settings },
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function lineMatching(child: ChildProcess, pattern: RegExp): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (pattern.test(line)) {
      child.stdout!.resume();
      return line;
    }
  }
  throw new Error(`a server ended before it said ${String(pattern)}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
