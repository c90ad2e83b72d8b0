import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { choosePort } from '@voxport/embedded';
import type { Certificates } from './certificates.ts';

/** A Redis, a node of a cluster or a Sentinel, by a configuration of a test's own. */
export interface RedisProcess extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcess;
  /** Sends SIGKILL and waits for the end; its data stays. */
  kill(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface RedisProcessOptions {
  /** Lines of redis.conf, without `port` and `dir`; a second free port is for who needs one. */
  readonly config: (ports: { readonly port: number; readonly other: number }) => readonly string[];
  /** Starts as a Sentinel. */
  readonly isSentinel?: boolean;
  readonly onSpawn?: (child: ChildProcess) => void;
}

/** Lines of redis.conf for a Redis that answers by TLS alone, with a certificate of a test's own authority. */
export function redisTlsConfig(
  port: number,
  { caFile, certFile, keyFile }: Pick<Certificates, 'caFile' | 'certFile' | 'keyFile'>,
): string[] {
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-cert-file ${certFile}`,
    `tls-key-file ${keyFile}`,
    `tls-ca-cert-file ${caFile}`,
  ];
}

const attemptsMax = 5;

/** Starts `program` (redis-server, valkey-server) on a free port, and resolves when it says that it is ready. */
export async function startRedisProcess(program: string, options: RedisProcessOptions): Promise<RedisProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-redis-'));
  const file = join(directory, 'redis.conf');
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(null);
    const lines = [`port ${port}`, `dir ${directory}`, ...options.config({ port, other: await choosePort(null) })];
    // The last of two lines of a kind counts, so that `port 0` is possible with TLS.
    await writeFile(file, `${lines.join('\n')}\n`);
    const child = spawn(program, [file, ...(options.isSentinel === true ? ['--sentinel'] : [])], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {},
    });
    options.onSpawn?.(child);
    const said = await saysThatItIsReady(child);
    if (said === null) {
      const kill = async (): Promise<void> => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      };
      const stop = async (): Promise<void> => {
        await kill();
        await rm(directory, { recursive: true, force: true });
      };
      return { port, child, kill, stop, [Symbol.asyncDispose]: stop };
    }
    // Another process took the port between the look and the start.
    if (attempt === attemptsMax) {
      await rm(directory, { recursive: true, force: true });
      throw new Error(`${program} does not start: ${said}`);
    }
  }
}

/** Null when it does; what it said when it ended instead. */
async function saysThatItIsReady(child: ChildProcess): Promise<string | null> {
  const lines: string[] = [];
  const ready = new Promise<null>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      lines.push(line);
      if (/Ready to accept connections|Sentinel ID is/u.test(line)) resolve(null);
    });
  });
  return Promise.race([
    ready,
    once(child, 'close').then(() => lines.slice(-3).join(' ')),
    once(child, 'error').then(String),
  ]);
}
