import { createTestLogin } from '@voxport/testkit';
import { describe, expect, test } from 'vitest';
import { runCommandIn } from '../../test/run-command.ts';
import { openDatabase, warehouseUrl } from '../../test/voxport.ts';
import { runQuery } from '@voxport/warehouse';

const ask = (url: string, sql: string) => runCommandIn({ DATABASE_URL: url, DATABASE_READER_URL: url }, ['query', sql]);

test('reads as the reader of an own database, and says how to make one where there is none', async () => {
  const url = await warehouseUrl();
  const readerUrl = await createTestLogin(url, 'voxport_bi');
  const { stdout } = await runCommandIn({ DATABASE_URL: url, DATABASE_READER_URL: readerUrl }, [
    'query',
    "select count(*) as calls, 'x;y' as text from voxport.conversations -- all of them\n;",
    '--json',
  ]);
  expect(JSON.parse(stdout)).toEqual([{ calls: 0, text: 'x;y' }]);
  await expect(runCommandIn({ DATABASE_URL: url }, ['query', 'select 1'])).rejects.toThrow(
    /DATABASE_READER_URL is not set.*in role voxport_bi/u,
  );
});

test.each([['voxport_app'], ['voxport_gateway']])(
  'refuses a login that may write, as a member of %s may',
  async (role) => {
    const url = await warehouseUrl();
    await expect(ask(await createTestLogin(url, role), 'select 1')).rejects.toThrow(/may write/u);
  },
);

test('refuses a superuser', async () => {
  await expect(ask(await warehouseUrl(), 'select 1')).rejects.toThrow(/is no plain login/u);
});

describe('refuses whatever is not one query that reads', () => {
  test.each([
    ["copy (select 1) to program 'touch /tmp/voxport-query-ran'"],
    ["select pg_read_file('/etc/hostname')"],
    ["select * from pg_ls_dir('/')"],
    ["select lo_export(1, '/tmp/voxport-query-ran')"],
    ['set role voxport_bi'],
    ['reset role'],
    ['set session authorization default'],
    ['set transaction read write'],
    ['set default_transaction_read_only = off'],
    ['do $$ begin create table mine (); end $$'],
    ['select 1; select 2'],
    ['select 1; commit; create table mine ()'],
    ['commit; create table mine ()'],
    ['with gone as (delete from voxport.conversations returning 1) select * from gone'],
    ['with new as (insert into voxport.recordings default values returning 1) select * from new'],
    ['select 1 into temp mine'],
    ['create temp table mine ()'],
    ['explain analyze delete from voxport.conversations'],
    ['listen everything'],
    ["notify everything, 'x'"],
    ['lock table voxport.conversations'],
    ['table voxport_raw.payloads'],
    ['table voxport_ops.inventory'],
    ['select * from voxport.conversations for update'],
    ["select set_config('transaction_read_only', 'off', false)"],
    ["select set_config('role', 'voxport_app', false)"],
    ["select nextval('voxport_ops.runs_run_id_seq')"],
    ['select 1 -- \n) ; drop table voxport.conversations'],
    [''],
  ])('%s', async (sql) => {
    const url = await warehouseUrl();
    const readerUrl = await createTestLogin(url, 'voxport_bi');
    await expect(ask(readerUrl, sql)).rejects.toThrow(/^The query failed: /u);
    const { kysely } = await openDatabase(url);
    expect(await runQuery(kysely, "select relname from pg_class where relname = 'mine'")).toEqual([]);
  });
});
