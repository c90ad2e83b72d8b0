import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { observation } from '../../test/load-items.ts';
import { sampleRows } from '../../test/sample-rows.ts';
import { createWarehouse, type WarehouseDatabase } from '../../test/warehouse-database.ts';
import { upsertConversations } from '../load/upsert-conversations.ts';

let warehouse: WarehouseDatabase;
let reader: pg.Client;
const readerName = `voxport_test_reader_${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  warehouse = await createWarehouse();
  const { kysely } = warehouse.database;
  await kysely.transaction().execute(async (transaction) => {
    await upsertConversations(transaction, [observation(sampleRows('bi', 'bi'), 1)], { mirrorDeletions: false });
  });
  // A reader as an operator would make one: a login in the group role. Roles belong to the server, so the name is the
  // run's own.
  await sql`create role ${sql.id(readerName)} login password 'reader' in role voxport_bi`.execute(kysely);
  const url = new URL(warehouse.url);
  url.username = readerName;
  url.password = 'reader';
  reader = new pg.Client({ connectionString: url.href });
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await sql`drop role ${sql.id(readerName)}`.execute(warehouse.database.kysely);
  await warehouse[Symbol.asyncDispose]();
});

async function relations(schemas: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname like ${schemas} and c.relkind in ('r', 'v') order by 1
  `.execute(warehouse.database.kysely);
  return rows.map(({ name }) => name);
}

test('a reader reads every table and view of schema voxport', async () => {
  const names = await relations('voxport');
  expect(names).toHaveLength(33);
  for (const name of names) await reader.query(`select * from ${name}`);
  const { rows } = await reader.query('select transcript from voxport.conversation_transcripts');
  expect(rows).toHaveLength(1);
});

test('a reader sees no other schema of the warehouse', async () => {
  const names = [...(await relations('voxport\\_ops')), ...(await relations('voxport\\_raw'))];
  expect(names.length).toBeGreaterThan(5);
  for (const name of names)
    await expect(reader.query(`select * from ${name}`)).rejects.toMatchObject({ code: '42501' });
  await expect(reader.query("select voxport_ops.conversation_hash('a', 'b')")).rejects.toMatchObject({ code: '42501' });
});

test('a reader writes nothing', async () => {
  for (const statement of [
    "update voxport.conversations set summary = 'x'",
    'delete from voxport.conversations',
    'truncate voxport.conversations cascade',
    "insert into voxport.initiation_failures values ('a', 'b')",
    'create table voxport.mine ()',
    'create view voxport.mine as select 1',
    'drop view voxport.call_outcomes',
  ]) {
    await expect(reader.query(statement), statement).rejects.toMatchObject({ code: '42501' });
  }
});

test('a reader reads what later migrations add', async () => {
  await sql`create table voxport.added_later (id int)`.execute(warehouse.database.kysely);
  expect((await reader.query('select * from voxport.added_later')).rows).toEqual([]);
  await sql`drop table voxport.added_later`.execute(warehouse.database.kysely);
});

test('the group role itself cannot log in and has no rights of its own on the server', async () => {
  const { rows } = await sql`
    select rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles where rolname = 'voxport_bi'
  `.execute(warehouse.database.kysely);
  expect(rows).toEqual([
    {
      rolcanlogin: false,
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
    },
  ]);
});
