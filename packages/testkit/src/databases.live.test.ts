import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from './databases.ts';
import { testPostgresUrl } from './servers.ts';

async function rowsOf(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('gives every test a database of its own', async () => {
  await using first = await createTestDatabase();
  await using second = await createTestDatabase();
  await rowsOf(first.url, 'create table mine ()');
  expect(await rowsOf(second.url, "select to_regclass('mine') as mine")).toEqual([{ mine: null }]);
});

test('drops a database that somebody is still connected to', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  await database.drop();
  const left = `select from pg_database where datname = '${database.name}'`;
  expect(await rowsOf(testPostgresUrl(), left)).toEqual([]);
  await client.end();
});

test('prepares a template once, however many ask for it at once, and copies it', async () => {
  let prepared = 0;
  const template = {
    name: 'databases_test',
    prepare: async (url: string) => {
      prepared += 1;
      await rowsOf(url, 'create table filled as select 42 as answer');
    },
  };
  const databases = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase({ template })));
  for (const { url } of databases) expect(await rowsOf(url, 'table filled')).toEqual([{ answer: 42 }]);
  expect(prepared).toBe(1);
  await Promise.all(databases.map((database) => database.drop()));
});

test('prepares a template again when its preparation failed', async () => {
  const name = 'databases_fail_test';
  const failing = { name, prepare: () => Promise.reject(new Error('half done')) };
  await expect(createTestDatabase({ template: failing })).rejects.toThrow('half done');
  await using database = await createTestDatabase({
    template: { name, prepare: (url) => rowsOf(url, 'create table whole ()').then(() => undefined) },
  });
  expect(await rowsOf(database.url, 'select count(*)::int as count from whole')).toEqual([{ count: 0 }]);
});
