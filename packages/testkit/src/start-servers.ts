import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestServers } from './context.ts';
import { dropTestDatabases } from './databases.ts';
import { killRecordedProcesses } from './process-records.ts';
import { findRedisServer } from './redis-program.ts';
import { releaseRedisDatabases } from './redis-databases.ts';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';
import { startWatchdog } from './watchdog.ts';

/**
 * Starts what the live tests need, once a run: see README.md for what is taken from where.
 * `stop` undoes everything, last first; it also happens when the start fails half-way, and when this process is killed.
 */
export async function startTestServers(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ servers: TestServers; stop: () => Promise<void> }> {
  const runId = randomBytes(3).toString('hex');
  const keep = Boolean(environment['VOXPORT_TEST_KEEP']);
  await using undo = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'voxport-test-'));
  undo.defer(() => rm(directory, { recursive: true, force: true }));
  const processDir = join(directory, 'processes');
  await mkdir(processDir);
  const postgresDir = join(directory, 'postgres');
  if (!keep) undo.defer(startWatchdog({ directory, processDir, postgresDir }));
  undo.defer(() => killRecordedProcesses(processDir));

  const postgres = await startPostgres(environment, postgresDir, undo);
  undo.defer(() => dropTestDatabases(postgres.postgresUrl, runId));
  const program = await findRedisServer(environment['PATH'] ?? '');
  const redis = await startRedis(environment, { program, directory: join(directory, 'redis'), processDir }, undo);
  if (redis) undo.defer(() => releaseRedisDatabases(redis.url, runId));

  const servers: TestServers = { runId, ...postgres, keep, redis, redisServerProgram: program, processDir };
  const cleanUp = undo.move();
  return { servers, stop: async () => (keep ? undefined : await cleanUp.disposeAsync()) };
}
