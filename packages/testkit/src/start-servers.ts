import { randomBytes } from 'node:crypto';
import type { TestServers } from './context.ts';
import { dropTestDatabases } from './databases.ts';
import { startPostgres } from './start-postgres.ts';

/**
 * Starts what the live tests need, once a run: see README.md for what is taken from where.
 * `stop` undoes everything, last first.
 */
export async function startTestServers(): Promise<{ servers: TestServers; stop: () => Promise<void> }> {
  const runId = randomBytes(3).toString('hex');
  const keep = Boolean(process.env['VOXPORT_TEST_KEEP']);
  await using undo = new AsyncDisposableStack();
  const postgres = await startPostgres(process.env, undo);
  undo.defer(() => dropTestDatabases(postgres.url, runId));
  const cleanUp = undo.move();
  const servers: TestServers = {
    runId,
    postgresUrl: postgres.url,
    postgresVersion: postgres.version,
    postgresOrigin: postgres.origin,
    keep,
    redis: null,
    redisServerProgram: null,
  };
  return {
    servers,
    stop: async () => {
      if (!keep) await cleanUp.disposeAsync();
    },
  };
}
