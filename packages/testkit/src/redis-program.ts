import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { choosePort } from '@voxport/embedded';
import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';

export interface RedisSettings {
  /** Append-only file on or off. Off, a restart finds nothing. */
  readonly persistent: boolean;
  /** E.g. `64mb`; none means no limit. */
  readonly maxmemory?: string | undefined;
  /** What happens at the limit; `noeviction` unless given. */
  readonly maxmemoryPolicy?: string | undefined;
}

/** Finds `redis-server` on the PATH. */
export async function findRedisServer(path: string): Promise<string | null> {
  for (const directory of path.split(delimiter)) {
    const program = join(directory, process.platform === 'win32' ? 'redis-server.exe' : 'redis-server');
    const found = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (directory !== '' && found) return program;
  }
  return null;
}

/**
 * Starts `redis-server` in `directory`, on `port` if given and else on a free one, and waits until it answers.
 * `onSpawn` is notified of each process.
 */
export async function launchRedis(
  program: string,
  directory: string,
  settings: RedisSettings,
  options: { port?: number; onSpawn?: (child: ChildProcess) => void } = {},
): Promise<{ child: ChildProcess; port: number; url: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await choosePort(null));
    const child = spawn(program, argumentsFor(directory, port, settings), { stdio: 'ignore', env: {} });
    options.onSpawn?.(child);
    const url = `redis://127.0.0.1:${port}`;
    if (await answers(child, url)) return { child, port, url };
    // Another process took the port between the look and the start; or it is the one to be reused, not free again yet.
    if (attempt === 5) throw new Error(`${program} does not start on port ${port}; it ended with ${child.exitCode}.`);
  }
}

function argumentsFor(directory: string, port: number, settings: RedisSettings): string[] {
  const options: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: directory,
    save: '',
    appendonly: settings.persistent ? 'yes' : 'no',
    'maxmemory-policy': settings.maxmemoryPolicy ?? 'noeviction',
    maxmemory: settings.maxmemory ?? '0',
    // createTestRedis gives each test a logical database of its own.
    databases: '64',
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}

async function answers(child: ChildProcess, url: string): Promise<boolean> {
  const failed = Promise.race([once(child, 'exit'), once(child, 'error')]).then(
    () => 'failed' as const,
    () => 'failed' as const,
  );
  const ready = eventually(() => ping(url), { what: `${url} to answer` });
  const outcome = await Promise.race([failed, ready.catch(() => 'failed' as const)]);
  // Also when another server answers on the port while ours has ended.
  return outcome !== 'failed' && child.exitCode === null && child.signalCode === null;
}

/** True once the server answers and has loaded its data. */
export async function ping(url: string): Promise<boolean> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
