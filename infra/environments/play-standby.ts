import { execFile } from 'node:child_process';

import { promisify } from 'node:util';
import { pastMonth } from '../../packages/simulator/src/past-month.ts';
import { startSimulator } from '../../packages/simulator/src/simulator.ts';
import { queryOnce } from '../../packages/testkit/src/databases.ts';
import { eventually } from '../../packages/testkit/src/eventually.ts';
import { findProgram } from '../../packages/testkit/src/find-program.ts';
import { startRedisProcess } from '../../packages/testkit/src/redis-process.ts';
import { startPostgresServer, startStandby } from './postgres-server.ts';

const run = promisify(execFile);
const cli = new URL('../../services/cli/src/main.ts', import.meta.url).pathname;
const earlier = 60;
const later = 60;

/**
 * A primary and a standby by streaming replication. The standby falls behind in the middle of an export, which ends on
 * the primary; then the primary is gone and the standby is promoted, without raw payloads, inventory and coverage of
 * what came last, while the queue on Redis has done all of it. One sync must bring everything.
 * @returns lines of the table in docs/environments.md; rejects with what is missing.
 */
export async function playStandby(native: string): Promise<string[]> {
  const redisProgram = findProgram(['redis-server']);
  if (redisProgram === null) throw new Error('no redis-server on the PATH');
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedisProcess(redisProgram, { config: () => ['bind 127.0.0.1', 'save ""'] }));
  const simulator = stack.use(
    await startSimulator({
      conversationCount: earlier,
      seed: 12,
      apiKey: 'environments',
      latencyMs: 100,
      ...pastMonth,
    }),
  );
  const primary = stack.use(await startPostgresServer(native));
  const voxport = async (adminUrl: string, ...args: string[]): Promise<string> => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: adminUrl,
      QUEUE_URL: `redis://127.0.0.1:${redis.port}`,
      ELEVENLABS_API_KEY: 'environments',
      ELEVENLABS_BASE_URL: simulator.url,
    };
    return (await run(process.execPath, [cli, ...args], { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  };
  const count = async (adminUrl: string, table: string): Promise<number> =>
    Number((await queryOnce(adminUrl, `select count(*) as count from ${table}`))[0]!['count']);

  await voxport(primary.adminUrl, 'sync', '--json');
  const standby = stack.use(await startStandby(native, primary));
  simulator.addConversations(later);
  const exporting = voxport(primary.adminUrl, 'sync', '--json');
  await eventually(
    async () => (await count(standby.adminUrl, "voxport_ops.inventory where state = 'discovered'")) > later / 4,
    { what: 'details that the standby knows to be wanted' },
  );
  await standby.stop();
  await exporting;
  const all = await count(primary.adminUrl, 'voxport.conversations');
  await primary.stop();
  await standby.start();
  await queryOnce(standby.adminUrl, 'select pg_promote(true)');
  const kept = await count(standby.adminUrl, 'voxport.conversations');
  const wanted = await count(standby.adminUrl, "voxport_ops.inventory where state = 'discovered'");
  if (kept >= all || wanted === 0) throw new Error(`nothing was lost: ${kept} of ${all}, ${wanted} wanted`);
  const synced = JSON.parse(await voxport(standby.adminUrl, 'sync', '--json')) as { state: string };
  const found = await count(standby.adminUrl, 'voxport.conversations');
  if (synced.state !== 'finished' || found !== all) {
    throw new Error(`after the failover ${found} of ${all} conversations: ${JSON.stringify(synced)}`);
  }
  return [
    `| a failover to a standby without the last commits: ${all - kept} of ${all} conversations lost, ${wanted} of them wanted by its inventory and done by the queue | one sync brings all ${all} |`,
  ];
}
