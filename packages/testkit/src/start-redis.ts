import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import type { TestServers } from './context.ts';
import { dockerAnswers, startContainer } from './docker.ts';
import { launchRedis, ping } from './redis-program.ts';
import { recordProcess } from './process-records.ts';

/**
 * Finds or starts the Redis of a run; null when there is none to be had. What must be undone at its end goes onto
 * `undo`.
 */
export async function startRedis(
  environment: Readonly<Record<string, string | undefined>>,
  options: { program: string | null; directory: string; processDir: string },
  undo: AsyncDisposableStack,
): Promise<TestServers['redis']> {
  const given = environment['TEST_REDIS_URL'];
  if (given) {
    if (!(await ping(given)))
      throw new Error('TEST_REDIS_URL names a Redis that does not answer. Start it, or unset it.');
    return { url: given, origin: 'TEST_REDIS_URL' };
  }
  if (await dockerAnswers()) {
    const image = environment['TEST_REDIS_IMAGE'] ?? 'redis:8-alpine';
    const { host, port } = await startContainer(
      {
        image,
        port: 6379,
        command: [
          'redis-server',
          '--save',
          '',
          '--appendonly',
          'no',
          '--maxmemory-policy',
          'noeviction',
          '--databases',
          '64',
        ],
        readyLog: { pattern: /Ready to accept connections/u, times: 1 },
      },
      undo,
    );
    return { url: `redis://${host}:${port}`, origin: image };
  }
  if (options.program) {
    await mkdir(options.directory, { recursive: true });
    const { child, url } = await launchRedis(
      options.program,
      options.directory,
      { persistent: false },
      { onSpawn: (started) => recordProcess(options.processDir, started) },
    );
    undo.defer(async () => {
      const exited = once(child, 'exit');
      if (child.kill('SIGKILL')) await exited;
    });
    return { url, origin: options.program };
  }
  if (environment['CI'] === 'true') {
    throw new Error('No Redis for the tests: set TEST_REDIS_URL, start Docker, or install redis-server.');
  }
  return null;
}
