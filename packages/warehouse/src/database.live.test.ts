import { createTestDatabase } from '@voxport/testkit';
import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { connectDatabase, type Database } from './database.ts';
import { isRetryableDatabaseError } from './load/database-errors.ts';

const forever = new AbortController().signal;

function open(url: string, more: Partial<Parameters<typeof connectDatabase>[0]> = {}): Database {
  const database = connectDatabase({
    url,
    poolSizeMax: 2,
    applicationName: 'voxport-test',
    onPoolError: () => {},
    ...more,
  });
  onTestFinished(() => database.close());
  return database;
}

async function testUrl(): Promise<string> {
  const created = await createTestDatabase();
  onTestFinished(() => created.drop());
  return created.url;
}

function withPart(url: string, part: 'password' | 'pathname', value: string): string {
  const changed = new URL(url);
  changed[part] = value;
  return changed.href;
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

test('int8 is a number while exact and text beyond, numeric is text, times are dates', async () => {
  const { kysely } = open(await testUrl());
  const { rows } = await sql`
    select count(*) as count, 9007199254740991::int8 as exact, 9007199254740992::int8 as large, -9007199254740993::int8 as small,
           1.10::numeric as money, '2026-01-01T00:00:00Z'::timestamptz as time
  `.execute(kysely);
  expect(rows).toEqual([
    {
      count: 1,
      exact: 9_007_199_254_740_991,
      large: '9007199254740992',
      small: '-9007199254740993',
      money: '1.10',
      time: new Date('2026-01-01T00:00:00Z'),
    },
  ]);
});

test('the server ends a statement that takes too long', async () => {
  const { kysely } = open(await testUrl(), { statementTimeoutMs: 50 });
  const error = await failureOf(sql`select pg_sleep(30)`.execute(kysely));
  expect(error).toMatchObject({ code: '57014' });
});

test('a connection that the server ends under a statement is worth another try', async () => {
  const { kysely } = open(await testUrl());
  const error = await failureOf(
    kysely.transaction().execute(async (transaction) => {
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction);
    }),
  );
  expect(isRetryableDatabaseError(error)).toBe(true);
  await sql`select 1`.execute(kysely);
});

test('a pool without a free connection in time is worth another try', async () => {
  const { kysely } = open(await testUrl(), { poolSizeMax: 1, connectTimeoutMs: 1000 });
  await kysely.connection().execute(async () => {
    const error = await failureOf(sql`select 1`.execute(kysely));
    expect(error).toMatchObject({ name: 'LostConnection', code: '08001' });
    expect(isRetryableDatabaseError(error)).toBe(true);
  });
});

test('waiting for a database that answers ends at once', async () => {
  await expect(open(await testUrl()).waitForDatabase(forever, 1000)).resolves.toBeUndefined();
});

test('waiting for a server that is not there ends with what to do, after the time given', async () => {
  const database = open('postgres://somebody:secret@127.0.0.1:1/nowhere');
  const startedMs = performance.now();
  const error = await failureOf(database.waitForDatabase(forever, 500));
  expect(performance.now() - startedMs).toBeGreaterThan(250);
  expect(error).toBeInstanceOf(TransientFailure);
  expect(String(error)).toContain(
    'DATABASE_URL names (postgres://somebody@127.0.0.1:1/nowhere): nothing listens there',
  );
  expect(String(error)).not.toContain('secret');
});

test('waiting for a database that does not exist ends at once', async () => {
  const missing = withPart(await testUrl(), 'pathname', '/no_such_database');
  const error = await failureOf(open(missing).waitForDatabase(forever, 60_000));
  expect(error).toBeInstanceOf(TerminalFailure);
  expect(String(error)).toContain('the database does not exist. Create it, or correct its name (3D000)');
});

test('waiting with a wrong password ends at once, without telling it', async (context) => {
  const wrong = withPart(await testUrl(), 'password', 'not-the-password');
  const error = await failureOf(open(wrong).waitForDatabase(forever, 60_000));
  if (error === null) context.skip('this server asks for no password');
  expect(error).toBeInstanceOf(TerminalFailure);
  expect(String(error)).toContain('the password is wrong. Correct the user or the password (28P01)');
  expect(String(error)).not.toContain('not-the-password');
});

test('waiting for a database can be given up', async () => {
  const database = open('postgres://somebody:secret@127.0.0.1:1/nowhere');
  const controller = new AbortController();
  const waiting = failureOf(database.waitForDatabase(controller.signal, 60_000));
  controller.abort(new Error('enough'));
  expect(String(await waiting)).toMatch(/enough|abort/iu);
});

test('a text that is no URL is refused without quoting it', () => {
  for (const url of ['postgres://user:secret@[host/db', 'postgres://user:secret@host:port/db']) {
    expect(() => open(url)).toThrow(TerminalFailure);
    expect(() => open(url)).not.toThrow(/secret/u);
  }
});
