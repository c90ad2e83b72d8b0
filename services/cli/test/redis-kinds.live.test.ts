import { pastMonth, startSimulator } from '@voxport/simulator';
import {
  describeWithProgram,
  eventually,
  makeCertificates,
  noteProcess,
  startRedisCluster,
  redisTlsConfig,
  startRedisProcess,
  startRedisSentinels,
} from '@voxport/testkit';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createWarehouse, testApiKey } from './export-parts.ts';
import { jsonOf } from './make-run-command.ts';
import { runCommandIn } from './run-command.ts';

const conversationCount = 25;

/** A workspace and an empty warehouse, as the settings of a command. */
async function open(options: { latencyMs?: number } = {}): Promise<Record<string, string>> {
  const simulator = await startSimulator({ conversationCount, seed: 6, apiKey: testApiKey, ...pastMonth, ...options });
  onTestFinished(() => simulator.close());
  const database = await createWarehouse();
  onTestFinished(() => database.drop());
  return { DATABASE_URL: database.url, ELEVENLABS_API_KEY: testApiKey, ELEVENLABS_BASE_URL: simulator.url };
}

async function expectToExport(environment: Record<string, string>): Promise<void> {
  expect(jsonOf(await runCommandIn(environment, ['sync', '--json']))).toMatchObject({
    state: 'finished',
    loaded: conversationCount,
    failed: 0,
  });
  await expectNothingMissing(environment);
}

/** A second sync finds nothing, and status has nothing to say. */
async function expectNothingMissing(environment: Record<string, string>): Promise<void> {
  expect(jsonOf(await runCommandIn(environment, ['sync', '--json']))).toMatchObject({ state: 'finished', loaded: 0 });
  expect((await runCommandIn(environment, ['status'])).exitCode).toBe(0);
}

async function queueCheck(environment: Record<string, string>): Promise<unknown> {
  const { checks } = jsonOf(await runCommandIn(environment, ['doctor', '--json'])) as { checks: { check: string }[] };
  return checks.find(({ check }) => check === 'queue');
}

describeWithProgram('redis-server', 'a whole export with the queue', (program) => {
  describeWithProgram('openssl', 'on a Redis over TLS', (openssl) => {
    test('as a user with the rights that the documents list, on keys of ours alone', async () => {
      using certificates = makeCertificates(openssl, ['localhost'], 'voxport');
      const server = await startRedisProcess(program, {
        config: ({ port }) => [
          'bind 127.0.0.1',
          'save ""',
          ...redisTlsConfig(port, certificates),
          'tls-auth-clients no',
          'user default off',
          'user owner on >own3r ~* &* +@all',
          'user voxport on >v0xp0rt ~voxport:* +@read +@write +@transaction +@scripting +@connection -@dangerous +info +time',
        ],
        onSpawn: noteProcess,
      });
      onTestFinished(() => server.stop());
      const at = `localhost:${server.port}`;
      const environment = {
        ...(await open()),
        QUEUE_URL: `rediss://voxport:v0xp0rt@${at}?sslrootcert=${certificates.caFile}`,
      };
      await expectToExport(environment);
      const owner = new Redis(`rediss://owner:own3r@${at}`, { tls: { ca: certificates.ca } });
      onTestFinished(() => owner.disconnect());
      // Whatever it was refused would stand here.
      expect(await owner.call('acl', 'log')).toEqual([]);
      // Which asks for the server's configuration too, and does without it.
      expect(await queueCheck(environment)).toMatchObject({ status: 'ok' });
    });
  });

  test('on a cluster: the keys of each queue together, the queues on different nodes', async () => {
    await using cluster = await startRedisCluster(program, { onSpawn: noteProcess });
    const environment = { ...(await open()), QUEUE_URL: `redis+cluster://${cluster.hosts}` };
    await expectToExport(environment);
    expect(await queueCheck(environment)).toMatchObject({ status: 'ok' });
    const keys = await Promise.all(
      cluster.nodes.map(async ({ port }) => {
        const node = new Redis(port, '127.0.0.1');
        const found = await node.keys('*');
        node.disconnect();
        return found;
      }),
    );
    expect(keys.flat().filter((key) => !key.startsWith('{voxport:'))).toEqual([]);
    expect(keys.filter((found) => found.length > 0).length).toBeGreaterThan(1);
  });

  test('behind Sentinels, whose primary is killed in the middle: nothing is missing', async () => {
    await using sentinels = await startRedisSentinels(program, { onSpawn: noteProcess, downAfterMs: 2000 });
    const environment = {
      ...(await open({ latencyMs: 300 })),
      QUEUE_URL: `redis+sentinel://${sentinels.hosts}/${sentinels.name}`,
    };
    const before = sentinels.primary.port;
    const client = new Redis(before, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    const exporting = runCommandIn(environment, ['sync', '--json']);
    await eventually(async () => (await client.keys('voxport:*-fetch:detail-*')).length > 0, {
      what: 'details to be in the queue',
    });
    client.disconnect();
    await sentinels.primary.kill();
    await eventually(async () => (await sentinels.primaryPort()) !== before, { what: 'the failover' });
    expect(jsonOf(await exporting)).toMatchObject({ state: 'finished', loaded: conversationCount, failed: 0 });
    expect(await queueCheck(environment)).toMatchObject({ status: 'ok' });
    await expectNothingMissing(environment);
  });
});
