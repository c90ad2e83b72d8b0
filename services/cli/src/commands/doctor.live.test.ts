import { ConfigError, defaultAlerts, makeLogger, secret } from '@voxport/runtime';
import { startSimulator } from '@voxport/simulator';
import { createTestDatabase, createTestLogin, describeWithRedisServer, startRedisServer } from '@voxport/testkit';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { createWarehouse, noHttp, testApiKey, testSource } from '../../test/export-parts.ts';
import { jsonOf, makeRunCommand } from '../../test/make-run-command.ts';
import { runProgram } from '../program.ts';

/** Each check's verdict, and the fix of those that are not in order. */
async function verdicts(config: Parameters<typeof makeRunCommand>[0]) {
  const answer = await makeRunCommand(config)('doctor', '--json');
  const { ok, checks } = jsonOf(answer) as {
    ok: boolean;
    checks: { check: string; status: string; message: string; remedy: string | null }[];
  };
  expect(checks.every(({ status, remedy }) => (status === 'ok') === (remedy === null))).toBe(true);
  expect(answer.exitCode).toBe(ok ? 0 : 1);
  return {
    ok,
    text: answer.stdout,
    of: Object.fromEntries(checks.map(({ check, status }) => [check, status])),
    said: Object.fromEntries(checks.map(({ check, message }) => [check, message])),
  };
}

describe('doctor', () => {
  test('finds everything in order, and warns of a queue in the database of the warehouse', async () => {
    await using simulator = await startSimulator({ conversationCount: 1, apiKey: testApiKey });
    await using warehouse = await createWarehouse();
    const config = {
      databaseUrl: await createTestLogin(warehouse.url, 'voxport_app'),
      queueUrl: null,
      sources: [testSource(simulator.url)],
    };
    expect(await verdicts(config)).toMatchObject({
      ok: true,
      of: {
        configuration: 'ok',
        database: 'ok',
        rights: 'ok',
        migrations: 'ok',
        clock: 'ok',
        queue: 'ok',
        'queue place': 'warn',
        'source support': 'ok',
      },
    });
    await using own = await createTestDatabase();
    expect((await verdicts({ ...config, queueUrl: own.url })).of['queue place']).toBe('ok');
    const { stdout } = await makeRunCommand(config)('doctor');
    expect(stdout).toMatch(/^ok {4}database: PostgreSQL \d+/m);
    expect(stdout).toMatch(/^warn {2}queue place: .*\n {6}→ Set QUEUE_URL/m);
  });

  test('names the rights that are more than the services need', async () => {
    await using warehouse = await createWarehouse();
    const { of, said, ok } = await verdicts({ databaseUrl: warehouse.url, queueUrl: null, sources: [] });
    expect([ok, of['rights']]).toEqual([true, 'warn']);
    expect(said['rights']).toMatch(/more rights than the services need: .*superuser.*ownership of the schemas/u);
  });

  test('names a refused key without printing it, and an address that nobody answers', async () => {
    await using simulator = await startSimulator({ conversationCount: 1, apiKey: testApiKey });
    await using warehouse = await createWarehouse();
    const found = await verdicts({
      databaseUrl: warehouse.url,
      queueUrl: null,
      sources: [
        testSource(simulator.url, { apiKey: secret('sk_wrong_key') }),
        testSource('http://127.0.0.1:9', { sourceId: 'nobody' }),
      ],
    });
    expect(found).toMatchObject({ ok: false, of: { 'source support': 'fail', 'source nobody': 'fail' } });
    expect(found.text).not.toContain('sk_wrong_key');
  });

  test('tells a database that is away, not migrated, or not this user’s to write', async () => {
    const away = await verdicts({
      databaseUrl: 'postgres://voxport:pass-word@127.0.0.1:9/voxport',
      queueUrl: null,
      sources: [],
    });
    expect(away.of).toEqual({ configuration: 'ok', database: 'fail' });
    expect(away.text).not.toContain('pass-word');

    await using empty = await createTestDatabase();
    const notMigrated = await verdicts({ databaseUrl: empty.url, queueUrl: null, sources: [] });
    expect(notMigrated).toMatchObject({ ok: true, of: { migrations: 'warn' } });

    await using warehouse = await createWarehouse();
    const role = `reader_${warehouse.name.slice(-12)}`;
    const admin = new pg.Client({ connectionString: warehouse.url });
    await admin.connect();
    try {
      await admin.query(`create role ${role} login password 'pass-word'`);
      await admin.query(`grant usage on schema voxport, voxport_ops, voxport_raw to ${role}`);
      await admin.query(`grant select on all tables in schema voxport_ops to ${role}`);
      const url = new URL(warehouse.url);
      url.username = role;
      url.password = 'pass-word';
      const reader = await verdicts({ databaseUrl: url.href, queueUrl: null, sources: [] });
      expect(reader).toMatchObject({ ok: false, of: { database: 'ok', rights: 'fail' } });
      expect(reader.text).not.toContain('pass-word');
    } finally {
      await admin.query(`drop owned by ${role}`);
      await admin.query(`drop role ${role}`);
      await admin.end();
    }
  });

  test('lists every problem of the configuration, and looks at the stores all the same', async () => {
    await using warehouse = await createWarehouse();
    const printed: string[] = [];
    const exitCode = await runProgram(
      {
        loadConfig: async ({ needsSources }) => {
          if (needsSources) throw new ConfigError(['ELEVENLABS_API_KEY is not set', 'QUEUE_URL is odd']);
          return {
            databaseUrl: warehouse.url,
            queueUrl: null,
            dataDir: '/nowhere',
            logLevel: 'silent',
            health: null,
            traces: null,
            sources: [],
            http: noHttp,
            alerts: defaultAlerts(),
            databaseLogins: { adminUrl: null, ownerUrl: null, gatewayUrl: null, readerUrl: null },
          };
        },
        makeLogger: async () => makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
        print: (text) => void printed.push(text),
        printExact: (text) => void printed.push(text),
        columns: 80,
        note: () => {},
        signal: new AbortController().signal,
      },
      ['doctor'],
    );
    expect(exitCode).toBe(1);
    expect(printed.join('\n')).toMatch(
      /fail {2}configuration: ELEVENLABS_API_KEY[\s\S]*QUEUE_URL is odd[\s\S]*ok {4}database/,
    );
  });
});

describeWithRedisServer('doctor on Redis', () => {
  test('warns of a Redis that throws jobs away or forgets them, and not of one that keeps them', async () => {
    await using warehouse = await createWarehouse();
    const server = await startRedisServer({ persistent: false });
    const redis = new Redis(server.url);
    const look = () => verdicts({ databaseUrl: warehouse.url, queueUrl: server.url, sources: [] });
    try {
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await redis.config('SET', 'save', '');
      const careless = await look();
      expect(careless).toMatchObject({ ok: true, of: { 'queue memory': 'warn', 'queue persistence': 'warn' } });
      expect(careless.said['queue memory']).toContain('allkeys-lru');
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      await redis.config('SET', 'appendonly', 'yes');
      expect((await look()).of).toMatchObject({ 'queue memory': 'ok', 'queue persistence': 'ok', queue: 'ok' });
    } finally {
      redis.disconnect();
    }
    await server.kill();
    expect((await look()).of['queue']).toBe('fail');
  });
});
