import { createTestDatabase, eventually } from '@voxport/testkit';
import { startProxy, type Proxy } from '@voxport/testkit/proxy';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { connectDatabase, openPool, type Database, type DatabaseSettings } from './database.ts';
import { databaseProblem } from './database-problem.ts';
import { isRetryableDatabaseError } from './load/database-errors.ts';
import { LostConnection } from '@voxport/postgres';

interface Reached {
  readonly proxy: Proxy;
  readonly database: Database;
  readonly settings: DatabaseSettings;
}

/** A database behind a proxy, which is what stands between a process and its server. */
async function reach(more: Partial<DatabaseSettings> = {}): Promise<Reached> {
  const created = await createTestDatabase();
  const proxy = await startProxy(Number(new URL(created.url).port));
  const settings: DatabaseSettings = {
    url: Object.assign(new URL(created.url), { host: `127.0.0.1:${proxy.port}` }).href,
    poolSizeMax: 1,
    applicationName: 'voxport-test',
    onPoolError: () => {},
    ...more,
  };
  const database = connectDatabase(settings);
  onTestFinished(async () => {
    await database.close();
    await proxy.close();
    await created.drop();
  });
  return { proxy, database, settings };
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

async function answers({ kysely }: Database): Promise<void> {
  expect((await sql`select 1 as one`.execute(kysely)).rows).toEqual([{ one: 1 }]);
}

/** Sends a statement that takes long, and resolves with its failure and with when it has reached the server. */
async function underStatement({ database, settings, proxy }: Reached, cut: (proxy: Proxy) => void): Promise<unknown> {
  const watching = openPool({ ...settings, applicationName: 'voxport-watch' });
  onTestFinished(() => watching.end());
  await answers(database);
  const failed = failureOf(sql`select pg_sleep(60)`.execute(database.kysely));
  await eventually(
    async () => {
      const { rows } = await watching.query<{ isThere: boolean }>(
        `select exists (select 1 from pg_stat_activity where query = 'select pg_sleep(60)'
           and state = 'active' and datname = current_database()) as "isThere"`,
      );
      return rows[0]!.isThere;
    },
    { what: 'the statement to run' },
  );
  cut(proxy);
  return failed;
}

test('a connection that is ended under a statement is lost, by its type and code', async () => {
  const reached = await reach();
  const error = await underStatement(reached, (proxy) => proxy.cut('end'));
  expect(error).toMatchObject({ name: 'LostConnection', code: '08006' });
  expect(isRetryableDatabaseError(error)).toBe(true);
  expect(databaseProblem(error)).toContain('the connection to the database was lost (08006)');
  await answers(reached.database);
});

test('a connection that is reset under a statement has the code of the socket', async () => {
  const reached = await reach();
  const error = await underStatement(reached, (proxy) => proxy.cut('reset'));
  expect(error).toMatchObject({ code: 'ECONNRESET' });
  expect(isRetryableDatabaseError(error)).toBe(true);
  await answers(reached.database);
});

test.each(['end', 'reset'] as const)(
  'a connection that is cut (%s) between the statements of a transaction is lost for every later one, and for the transaction',
  async (how) => {
    const { database, proxy } = await reach();
    const later: unknown[] = [];
    const failed = await failureOf(
      database.kysely.transaction().execute(async (transaction) => {
        await sql`select 1`.execute(transaction);
        proxy.cut(how);
        // The process learns of it by the next statement, or before.
        for (let statement = 0; statement < 3; statement += 1)
          later.push(await failureOf(sql`select 2`.execute(transaction)));
        throw later.at(-1);
      }),
    );
    for (const error of [...later, failed]) {
      expect(error, String(error)).toMatchObject({ code: expect.stringMatching(/^(?:08006|ECONNRESET|EPIPE)$/u) });
      expect(isRetryableDatabaseError(error)).toBe(true);
    }
    expect(later.at(-1)).toBeInstanceOf(LostConnection);
    await answers(database);
  },
);

test('a statement that fails for itself keeps its error, before a loss and after it', async () => {
  const { database, proxy } = await reach();
  const wrong = (): Promise<unknown> => failureOf(sql`select no_such_column`.execute(database.kysely));
  for (let round = 0; round < 2; round += 1) {
    const error = await wrong();
    expect(error).toMatchObject({ code: '42703' });
    expect(isRetryableDatabaseError(error)).toBe(false);
    proxy.cut('end');
    await failureOf(answers(database));
  }
});

test('a server that breaks off before the session stands is a connection that cannot be had', async () => {
  const { database, proxy } = await reach();
  proxy.hangUp();
  const error = await failureOf(answers(database));
  expect(error).toMatchObject({ name: 'LostConnection', code: '08001' });
  expect(isRetryableDatabaseError(error)).toBe(true);
});

test('a server that answers nothing, and one that is not there, are connections that cannot be had', async () => {
  const { database, proxy } = await reach({ connectTimeoutMs: 300 });
  proxy.stall();
  const silent = await failureOf(answers(database));
  expect(silent).toMatchObject({ name: 'LostConnection', code: '08001' });
  expect(isRetryableDatabaseError(silent)).toBe(true);
  await proxy.close();
  const refused = await failureOf(answers(database));
  expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
  expect(isRetryableDatabaseError(refused)).toBe(true);
});

test('a mistake of ours is none: a pool that is used after its end, a value that no statement takes', async () => {
  const { settings, database } = await reach();
  const pool = openPool(settings);
  await pool.end();
  const ended = await failureOf(pool.connect());
  expect(ended).toBeInstanceOf(Error);
  expect(isRetryableDatabaseError(ended)).toBe(false);
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const unsendable = await failureOf(sql`select ${circular}::jsonb`.execute(database.kysely));
  expect(unsendable).toBeInstanceOf(Error);
  expect(isRetryableDatabaseError(unsendable)).toBe(false);
});
