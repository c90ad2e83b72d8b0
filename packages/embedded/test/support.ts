import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { stopEmbeddedPostgres } from '../src/index.ts';

/** A directory for one test; the server in it, if any, is stopped and everything removed when the test ends. */
export async function temporaryDataDir(copyOf?: string): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'voxport-embedded-'));
  const dataDir = join(parent, 'data');
  onTestFinished(async () => {
    await stopEmbeddedPostgres({ dataDir, mode: 'immediate' });
    await rm(parent, { recursive: true, force: true });
  });
  if (copyOf) await cp(copyOf, dataDir, { recursive: true });
  return dataDir;
}

/** Runs statements on one connection and gives the rows of the last. */
export async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

const starter = fileURLToPath(new URL('./start-and-leave.ts', import.meta.url));

/**
 * A process of its own that starts the server, prints what it got as JSON, and ends. `wrapper` is put before its
 * command line.
 */
export function startInProcess(
  dataDir: string,
  options: { env?: NodeJS.ProcessEnv; wrapper?: readonly string[] } = {},
): { child: ChildProcess; result: Promise<{ code: number | null; output: string }> } {
  const [program, ...args] = [...(options.wrapper ?? []), process.execPath, starter, dataDir];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const result = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  return { child, result };
}
