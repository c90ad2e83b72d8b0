import { pastMonth, startSimulator } from '@voxport/simulator';
import {
  createTestDatabase,
  createTestLogin,
  createTestRedis,
  describeWithProgram,
  startPgbouncer,
  testPostgresUrl,
  testRedis,
} from '@voxport/testkit';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { describeProblem } from '../src/describe-problem.ts';
import { testApiKey } from './export-parts.ts';
import { jsonOf } from './make-run-command.ts';
import { runCommandIn } from './run-command.ts';

const conversationCount = 25;

/** A workspace, an empty database of an owner that is nothing else, and what a command needs besides the stores. */
async function open(): Promise<{ url: string; source: Record<string, string> }> {
  const simulator = await startSimulator({ conversationCount, seed: 6, apiKey: testApiKey, ...pastMonth });
  onTestFinished(() => simulator.close());
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const url = await createTestLogin(database.url, null);
  await admin(`grant create, temporary on database "${database.name}" to "${new URL(url).username}"`);
  return { url, source: { ELEVENLABS_API_KEY: testApiKey, ELEVENLABS_BASE_URL: simulator.url } };
}

async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: testPostgresUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function openRedis(): Promise<string> {
  const redis = await createTestRedis();
  onTestFinished(() => redis.close());
  return redis.url;
}

type Checks = Record<string, { status: string; message: string }>;

async function lookAt(environment: Record<string, string>): Promise<Checks> {
  const { checks } = jsonOf(await runCommandIn(environment, ['doctor', '--json'])) as {
    checks: { check: string; status: string; message: string }[];
  };
  return Object.fromEntries(checks.map(({ check, ...rest }) => [check, rest]));
}

async function expectToExport(environment: Record<string, string>): Promise<void> {
  expect(jsonOf(await runCommandIn(environment, ['sync', '--json']))).toMatchObject({
    state: 'finished',
    loaded: conversationCount,
    failed: 0,
  });
  // Everything again, by the statements that compare.
  expect(jsonOf(await runCommandIn(environment, ['sync', '--json']))).toMatchObject({ state: 'finished', failed: 0 });
  expect((await runCommandIn(environment, ['status'])).exitCode).toBe(0);
}

async function told(running: Promise<unknown>): Promise<string> {
  const error = await running.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  return describeProblem(error, new AbortController().signal).message;
}

describeWithProgram('pgbouncer', 'PgBouncer', (program) => {
  test('in session mode: everything works through it, the queue in Postgres too; doctor says so', async () => {
    const { url, source } = await open();
    const pooled = await startPgbouncer(program, { url, mode: 'session', sessionsMax: 60 });
    const environment = { ...source, DATABASE_URL: pooled };
    await expectToExport(environment);
    const checks = await lookAt(environment);
    expect(checks['pooler']).toMatchObject({ status: 'ok', message: expect.stringContaining('session mode') });
    expect(checks['queue']).toMatchObject({ status: 'ok' });
  });

  test.skipIf(testRedis() === null)(
    'in either mode with the queue on Redis: everything works, whatever sessions the transactions meet in (skipped without a Redis)',
    async () => {
      for (const mode of ['session', 'transaction'] as const) {
        const { url, source } = await open();
        // Tracked by PgBouncer from session to session: pinned in transaction mode too.
        await admin(`alter role "${new URL(url).username}" set DateStyle = 'German'`);
        await admin(`alter role "${new URL(url).username}" set TimeZone = 'Asia/Kathmandu'`);
        const pooled = await startPgbouncer(program, { url, mode, sessionsMax: mode === 'session' ? 60 : 3 });
        const environment = { ...source, DATABASE_URL: pooled, QUEUE_URL: await openRedis() };
        await expectToExport(environment);
        const { pooler } = await lookAt(environment);
        expect(pooler).toMatchObject({ status: 'ok', message: expect.stringContaining(`${mode} mode`) });
      }
    },
  );

  test('in transaction mode with the queue in the database: refused with what to set, and DATABASE_DIRECT_URL is what works', async () => {
    const { url, source } = await open();
    const pooled = await startPgbouncer(program, { url, mode: 'transaction', sessionsMax: 3 });
    const environment = { ...source, DATABASE_URL: pooled };
    expect(await told(runCommandIn(environment, ['sync']))).toMatch(
      /^DATABASE_URL leads through a pooler in transaction mode.*Set DATABASE_DIRECT_URL/u,
    );
    expect((await lookAt(environment))['pooler']).toMatchObject({ status: 'fail' });
    const direct = { ...environment, DATABASE_DIRECT_URL: url };
    await expectToExport(direct);
    const checks = await lookAt(direct);
    expect(checks['pooler']).toMatchObject({ status: 'ok', message: expect.stringContaining('DATABASE_DIRECT_URL') });
    expect(checks['queue place']).toMatchObject({ status: 'warn' });
    const pooledTwice = { ...environment, DATABASE_DIRECT_URL: pooled };
    expect((await lookAt(pooledTwice))['direct address']).toMatchObject({ status: 'fail' });
    expect(await told(runCommandIn(pooledTwice, ['sync']))).toMatch(/^DATABASE_DIRECT_URL leads through a pooler/u);
    const erase = ['erase', '--conversation', 'conv_unknown', '--yes'];
    expect(await told(runCommandIn(pooledTwice, erase))).toMatch(/^DATABASE_DIRECT_URL leads through a pooler/u);
    const { stdout } = await runCommandIn(pooledTwice, ['status']);
    expect(stdout.replaceAll(/\s+/gu, ' ')).toContain('queue AWAY: DATABASE_DIRECT_URL leads through a pooler');
  });

  test('in transaction mode, a role with defaults that change what statements mean is refused, with the commands that set it right', async () => {
    const { url, source } = await open();
    const role = new URL(url).username;
    await admin(`alter role "${role}" set IntervalStyle = 'sql_standard'`);
    await admin(`alter role "${role}" set default_transaction_isolation = 'serializable'`);
    const pooled = await startPgbouncer(program, { url, mode: 'transaction', sessionsMax: 3 });
    const environment = { ...source, DATABASE_URL: pooled, DATABASE_DIRECT_URL: url };
    const message = await told(runCommandIn(environment, ['sync']));
    expect(message).toMatch(/IntervalStyle = sql_standard.*alter role/u);
    const commands = message.match(/alter role [^;]*;/gu) ?? [];
    expect(commands.length).toBe(2);
    for (const command of commands) await admin(command);
    const again = await startPgbouncer(program, { url, mode: 'transaction', sessionsMax: 3 });
    await expectToExport({ ...environment, DATABASE_URL: again });
  });
});
