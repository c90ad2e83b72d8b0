import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, makeLogger, openServiceContext, type ServiceContext } from '@voxport/runtime';
import { pastMonth, startSimulator } from '@voxport/simulator';
import { parseSourceFilters } from '@voxport/source';
import {
  createTestLogin,
  describeWithProgram,
  eventually,
  noteProcess,
  queryOnce,
  startRedisProcess,
  testPostgresUrl,
} from '@voxport/testkit';
import { runQuery } from '@voxport/warehouse';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { beginSync, createWarehouse, testApiKey } from './export-parts.ts';
import { startFleet } from './start-fleet.ts';

const conversationCount = 12;

/** A file of a setting, which is written again as what rotates a secret does it. */
async function makeFile(
  name: string,
  content: string,
): Promise<{ path: string; write: (content: string) => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-secret-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, name);
  const write = (text: string): Promise<void> => writeFile(path, `${text}\n`);
  await write(content);
  return { path, write };
}

async function loadedCount({ database }: ServiceContext): Promise<number> {
  return Number((await runQuery(database.kysely, 'select count(*) from voxport.conversations'))[0]?.['count']);
}

describeWithProgram('redis-server', 'passwords that are rotated in their files while a fleet runs', (program) => {
  test('are those of new connections, to Postgres and to Redis', async () => {
    const simulator = await startSimulator({ conversationCount, seed: 6, apiKey: testApiKey, ...pastMonth });
    onTestFinished(() => simulator.close());
    const warehouse = await createWarehouse();
    onTestFinished(() => warehouse.drop());
    const databaseUrl = new URL(await createTestLogin(warehouse.url, 'voxport_app'));
    const server = await startRedisProcess(program, {
      config: () => [
        'bind 127.0.0.1',
        'save ""',
        'user default off',
        'user owner on >own3r ~* &* +@all',
        'user voxport on >before ~voxport:* +@all',
      ],
      onSpawn: noteProcess,
    });
    onTestFinished(() => server.stop());
    const queueUrl = (password: string): string => `redis://voxport:${password}@127.0.0.1:${server.port}`;
    const files = {
      database: await makeFile('database-url', databaseUrl.href),
      queue: await makeFile('queue-url', queueUrl('before')),
    };
    const config = loadConfig({
      variables: {
        DATABASE_URL_FILE: files.database.path,
        QUEUE_URL_FILE: files.queue.path,
        ELEVENLABS_API_KEY: testApiKey,
        ELEVENLABS_BASE_URL: simulator.url,
      },
      needsSources: true,
      parseFilters: parseSourceFilters,
    });
    const { context, close } = await openServiceContext({
      ...config,
      databaseUrl: config.databaseUrl!,
      service: 'test',
      logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
      signal: new AbortController().signal,
      waitMs: 5000,
    });
    onTestFinished(close);
    const fleet = await startFleet(context);
    onTestFinished(() => fleet[Symbol.asyncDispose]());
    await beginSync(context);
    await eventually(async () => (await loadedCount(context)) === conversationCount, { what: 'the first export' });

    // Both servers know the new passwords alone, and have ended every connection, before the files do.
    const owner = new Redis(`redis://owner:own3r@127.0.0.1:${server.port}`);
    onTestFinished(() => owner.disconnect());
    const after = randomBytes(8).toString('hex');
    const user = decodeURIComponent(databaseUrl.username);
    await queryOnce(testPostgresUrl(), `alter role "${user}" password '${after}'`);
    await owner.call('acl', 'setuser', 'voxport', 'resetpass', `>${after}`);
    await queryOnce(
      testPostgresUrl(),
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${user}'`,
    );
    await owner.call('client', 'kill', 'user', 'voxport');
    await eventually(async () => ((await owner.call('acl', 'log')) as unknown[]).length > 0, {
      what: 'Redis to refuse the old password',
    });
    databaseUrl.password = after;
    await files.database.write(databaseUrl.href);
    await files.queue.write(queueUrl(after));

    simulator.addConversations(3);
    await eventually(() => beginSync(context), { what: 'a sync by the new passwords' });
    await eventually(async () => (await loadedCount(context)) === conversationCount + 3, { what: 'the new calls' });
    expect(config.readDatabaseUrl?.()).toBe(databaseUrl.href);
  });
});
