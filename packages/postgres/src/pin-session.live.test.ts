import { createTestDatabase, testPostgresUrl } from '@voxport/testkit';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { openClient } from './open-client.ts';
import { pinSession } from './pin-session.ts';

/** Each setting that is pinned: what a database has it altered to, and what a session then has. */
const altered: readonly (readonly [name: string, byDatabase: string, pinned: string])[] = [
  ['DateStyle', "'German, DMY'", 'ISO, MDY'],
  ['IntervalStyle', 'sql_standard', 'postgres'],
  ['TimeZone', "'Asia/Kathmandu'", 'UTC'],
  ['client_encoding', 'LATIN1', 'UTF8'],
  ['search_path', 'nowhere, elsewhere', ''],
  ['standard_conforming_strings', 'off', 'on'],
  ['bytea_output', 'escape', 'hex'],
  ['extra_float_digits', "'-15'", '1'],
  ['array_nulls', 'off', 'on'],
  ['transform_null_equals', 'on', 'off'],
  ['default_transaction_isolation', 'serializable', 'read committed'],
  ['default_transaction_deferrable', 'on', 'off'],
  ['statement_timeout', "'11s'", '7s'],
  ['lock_timeout', "'12s'", '0'],
  ['idle_in_transaction_session_timeout', "'13s'", '8s'],
  ['idle_session_timeout', "'14s'", '0'],
  ['jit', 'on', 'off'],
];

async function alteredDatabase(): Promise<string> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const admin = new pg.Client({ connectionString: testPostgresUrl() });
  await admin.connect();
  for (const [name, value] of altered) await admin.query(`alter database "${database.name}" set ${name} = ${value}`);
  await admin.end();
  return database.url;
}

async function show(client: pg.Client, name: string): Promise<unknown> {
  const { rows } = await client.query<{ value: string }>('select pg_catalog.current_setting($1) as value', [name]);
  return rows[0]?.value;
}

test('a session has what the statements are written for, whatever the database has by default', async () => {
  const url = await alteredDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  // The library sets this one itself as it connects.
  for (const [name, , pinned] of altered.filter(([setting]) => setting !== 'client_encoding')) {
    expect([name, await show(client, name)]).not.toEqual([name, pinned]);
  }
  await pinSession(client, { searchPath: '', statementTimeoutMs: 7000, idleInTransactionTimeoutMs: 8000 });
  for (const [name, , pinned] of altered) expect([name, await show(client, name)]).toEqual([name, pinned]);
  await pinSession(client, { searchPath: 'bullmq', statementTimeoutMs: 0, idleInTransactionTimeoutMs: 0 });
  expect(await show(client, 'search_path')).toBe('bullmq');
  expect(await show(client, 'synchronous_commit')).toBe('on');
  await pinSession(client, {
    searchPath: '',
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
    waitsForDisk: false,
  });
  expect(await show(client, 'synchronous_commit')).toBe('off');
});

test('functions that a schema of the search path has under the same name are not called', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  onTestFinished(() => admin.end());
  await admin.query(`create schema evil;
    create function evil.set_config(text, text, boolean) returns text language sql as $$ select 'nothing' $$;
    create function evil.current_setting(text, boolean) returns text language sql as $$ select null $$;
    alter database "${database.name}" set search_path = evil, pg_catalog;
    alter database "${database.name}" set DateStyle = 'German'`);
  const client = await openClient(database.url, 'voxport-test');
  onTestFinished(() => client.end());
  expect(await show(client, 'DateStyle')).toBe('ISO, MDY');
});
