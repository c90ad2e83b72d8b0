import { startSimulator } from '@voxport/simulator';
import { createTestDatabase, queryOnce, testPostgresUrl } from '@voxport/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { describeProblem } from '../src/describe-problem.ts';
import { createWarehouse, testApiKey, testSource } from './export-parts.ts';
import { jsonOf, makeRunCommand } from './make-run-command.ts';

const { signal } = new AbortController();

/** A database of another encoding, dropped with the test together with the one that is made beside it. */
async function createEncoded(encoding: string): Promise<{ url: string; name: string }> {
  const name = `voxport_test_${encoding.toLowerCase()}_${process.pid}_${Date.now()}`;
  await queryOnce(testPostgresUrl(), `create database ${name} encoding '${encoding}' locale 'C' template template0`);
  onTestFinished(async () => {
    for (const one of [name, `${name}_utf8`])
      await queryOnce(testPostgresUrl(), `drop database if exists ${one} with (force)`);
  });
  return { url: withName(name), name };
}

function withName(name: string): string {
  return Object.assign(new URL(testPostgresUrl()), { pathname: `/${name}` }).href;
}

/** What `voxport` tells a person of a command that cannot continue. */
async function told(running: Promise<unknown>): Promise<string> {
  const error = await running.then(
    () => {
      throw new Error('it was not refused');
    },
    (reason: unknown) => reason,
  );
  return describeProblem(error, signal).message;
}

const schemas = "select nspname from pg_namespace where nspname like 'voxport%' or nspname = 'bullmq'";

test.each(['LATIN1', 'SQL_ASCII'])(
  'a database in %s is refused before anything is made in it, with the command that makes a right one',
  async (encoding) => {
    await using simulator = await startSimulator({ conversationCount: 1, apiKey: testApiKey });
    const { url, name } = await createEncoded(encoding);
    const config = { queueUrl: null, sources: [testSource(simulator.url)] };
    const run = makeRunCommand({ ...config, databaseUrl: url });
    for (const command of ['migrate', 'sync']) {
      const message = await told(run(command));
      expect(message).toMatch(/^DATABASE_URL \(postgres:.*\): the database stores text in the encoding/u);
      expect(message).toContain(encoding);
      expect(message).not.toContain('QUEUE_URL');
    }
    expect(await queryOnce(url, schemas)).toEqual([]);
    const doctor = jsonOf(await run('doctor', '--json')) as {
      checks: { check: string; status: string; message: string }[];
    };
    expect(doctor.checks.find(({ check }) => check === 'database')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining(`in the encoding ${encoding}`),
    });
    const command = /create database [^;]*;/u.exec(await told(run('migrate')))?.[0];
    await queryOnce(testPostgresUrl(), command!);
    const right = makeRunCommand({ ...config, databaseUrl: withName(`${name}_utf8`) });
    expect((await right('sync')).exitCode).toBe(0);
  },
);

test('a queue is refused a database in LATIN1, by the setting that names it', async () => {
  const { url } = await createEncoded('LATIN1');
  await using warehouse = await createWarehouse();
  const run = makeRunCommand({ databaseUrl: warehouse.url, queueUrl: url, sources: [] });
  expect(await told(run('migrate'))).toMatch(
    /^QUEUE_URL \(the queue at .*\): the database stores text in the encoding LATIN1/u,
  );
  expect(await queryOnce(url, schemas)).toEqual([]);
  const { checks } = jsonOf(await run('doctor', '--json')) as { checks: { check: string; message: string }[] };
  expect(checks.find(({ check }) => check === 'queue')?.message).toMatch(/QUEUE_URL .*LATIN1/u);
});

test('a database that is read-only is told as that, and what is told to end it ends it', async () => {
  await using simulator = await startSimulator({ conversationCount: 1, apiKey: testApiKey });
  await using empty = await createTestDatabase();
  await using warehouse = await createWarehouse();
  for (const { url, name } of [empty, warehouse]) {
    await queryOnce(testPostgresUrl(), `alter database "${name}" set default_transaction_read_only = on`);
    const run = makeRunCommand({ databaseUrl: url, queueUrl: null, sources: [testSource(simulator.url)] });
    const messages = [
      await told(run('migrate')),
      await told(run('sync')),
      await told(run('backfill', '--from', '2026-01-01', '--to', '2026-02-01')),
    ];
    for (const message of messages) {
      expect(message).toMatch(/^DATABASE_URL \(.*\): the database is read-only: default_transaction_read_only is on/u);
      expect(message).not.toMatch(/continues|went away|again/u);
    }
    const { checks } = jsonOf(await run('doctor', '--json')) as {
      checks: { check: string; status: string; message: string }[];
    };
    expect(checks.find(({ check }) => check === 'rights')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('the database is read-only'),
    });
    await queryOnce(testPostgresUrl(), /alter database [^;]*;/u.exec(messages[0]!)![0]);
    expect((await run('sync')).exitCode).toBe(0);
  }
});
