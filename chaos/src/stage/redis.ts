import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePort } from '@voxport/embedded';
import { Redis } from 'ioredis';
import { until } from '../until.ts';

/** A real Redis of one round: append-only file every second, no eviction, as production runs it. */
export interface ChaosRedis {
  readonly url: string;
  readonly port: number;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** Starts it again on its port, with the data that it has on disk, or with none. */
  start(data: 'kept' | 'lost'): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  command(name: string, ...args: readonly string[]): Promise<unknown>;
  close(): Promise<void>;
}

/** @throws Error when there is no `redis-server` on the PATH. */
export async function startRedis(directory: string, signal: AbortSignal): Promise<ChaosRedis> {
  const dataDir = join(directory, 'redis');
  const port = await choosePort(null);
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess;

  async function command(name: string, ...args: readonly string[]): Promise<unknown> {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }

  async function start(data: 'kept' | 'lost'): Promise<void> {
    if (data === 'lost') await rm(dataDir, { recursive: true, force: true });
    await mkdir(dataDir, { recursive: true });
    const settings = { port: String(port), bind: '127.0.0.1', dir: dataDir, save: '', appendonly: 'yes' };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    child = spawn('redis-server', [...args, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore', env: {} });
    await once(child, 'spawn');
    await until('Redis to answer', async () => (await command('PING')) === 'PONG', { timeoutMs: 15_000, signal });
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  await start('lost');
  return { url, port, kill, start, signal: (name) => void child.kill(name), command, close: kill };
}
