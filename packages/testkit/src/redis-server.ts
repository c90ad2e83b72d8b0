import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './at-end.ts';
import { recordProcess } from './process-records.ts';
import { launchRedis, type RedisSettings } from './redis-program.ts';
import { testServers } from './servers.ts';

/** A Redis server of one test's own, to be killed, frozen and restarted. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /**
   * Sends a signal, SIGKILL unless given, and waits for the end; SIGSTOP freezes it and SIGCONT lets it continue,
   * without waiting.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same directory, killing it first if it runs. */
  restart(): Promise<void>;
  /** Ends it and removes its data; happens by itself when the test ends. */
  stop(): Promise<void>;
}

/** Starts a Redis server for a fault test. Put the test into `describeWithRedisServer`. */
export async function startRedisServer(settings: RedisSettings): Promise<RedisServer> {
  const { redisServerProgram: program, processDir } = testServers();
  if (!program) throw new Error('There is no redis-server on the PATH: put the test into describeWithRedisServer.');
  const directory = await mkdtemp(join(tmpdir(), 'voxport-test-redis-'));
  let child: ChildProcess | null = null;
  const onSpawn = (started: ChildProcess): void => {
    child = started;
    recordProcess(processDir, started);
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exited;
  };
  const stop = async (): Promise<void> => {
    await kill();
    await rm(directory, { recursive: true, force: true });
  };
  atEnd(stop);
  const { port, url } = await launchRedis(program, directory, settings, { onSpawn });
  const restart = async (): Promise<void> => {
    await kill();
    await launchRedis(program, directory, settings, { port, onSpawn });
  };
  return { url, port, kill, restart, stop };
}
