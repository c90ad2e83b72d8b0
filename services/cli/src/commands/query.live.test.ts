import { createTestDatabase, createTestLogin } from '@voxport/testkit';
import { describe, expect, test } from 'vitest';
import { runCommandIn } from '../../test/run-command.ts';
import { openDatabase, runVoxport, warehouseUrl } from '../../test/voxport.ts';
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

test('reads with the rights of a role of the login, and of no other', async () => {
  const url = await warehouseUrl();
  const readerUrl = await createTestLogin(url, 'voxport_bi');
  const name = new URL(readerUrl).username;
  const { kysely } = await openDatabase(url);
  const asked = (role: string, sql: string) =>
    runCommandIn({ DATABASE_URL: url, DATABASE_READER_URL: readerUrl }, ['query', '--as', role, '--json', sql]);
  await expect(asked('voxport_bi_restricted', 'select 1')).rejects.toThrow(
    /^--as voxport_bi_restricted: .*grant voxport_bi_restricted to that login/u,
  );
  await expect(asked('voxport_app', 'select 1')).rejects.toThrow(/^--as voxport_app: /u);
  await runQuery(kysely, `grant voxport_bi_restricted to ${name}`);
  const restricted = (sql: string) => asked('voxport_bi_restricted', sql);
  expect((await restricted('select count(*) as calls from voxport_restricted.conversations')).stdout).toBe(
    '[{"calls":0}]',
  );
  await expect(restricted('table voxport.conversations')).rejects.toThrow(/permission denied/u);
  await expect(restricted('reset role')).rejects.toThrow(/^The query failed: /u);
  // A login that may write is refused whatever role it takes: a query could go back to it.
  await runQuery(kysely, `grant voxport_app to ${name}`);
  await expect(restricted('select 1')).rejects.toThrow(/may write/u);
});

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

const values = `select date '2026-09-01' as day, 0.00001::numeric as usd, 2026 as year,
  '+4930123456' as phone, null as absent, '' as empty, 9007199254740993::int8 as big`;

test('prints values as Postgres sends them, in every time zone', async () => {
  const url = await warehouseUrl();
  const env = { DATABASE_URL: url, DATABASE_READER_URL: await createTestLogin(url, 'voxport_bi') };
  for (const TZ of ['UTC', 'Asia/Tokyo', 'America/New_York']) {
    const { code, stdout } = await runVoxport(['query', values], { ...env, TZ });
    expect({ code, line: stdout[1] }, TZ).toEqual({
      code: 0,
      line: '  2026-09-01  0.00001  2026  +4930123456  NULL           9007199254740993',
    });
  }
  const json = await runVoxport(['query', '--json', values], { ...env, TZ: 'Asia/Tokyo' });
  expect(JSON.parse(json.stdout.join(''))).toEqual([
    {
      day: '2026-09-01',
      usd: 0.00001,
      year: 2026,
      phone: '+4930123456',
      absent: null,
      empty: '',
      big: '9007199254740993',
    },
  ]);
  const csv = await runVoxport(['query', '--csv', values], env);
  expect(csv.stdout[1]).toBe('2026-09-01,0.00001,2026,+4930123456,,"",9007199254740993');
  const records = await runVoxport(['query', '-x', "select repeat('x', 500) as long"], env);
  expect(records.stdout).toEqual(['row 1', `  long  ${'x'.repeat(500)}`]);
});

test('before the first export, says how to have some tables, by the command as it was invoked', async () => {
  const empty = await createTestDatabase();
  try {
    const env = { DATABASE_URL: empty.url };
    for (const args of [['status'], ['runs'], ['failures'], ['alerts']]) {
      const { code, stderr } = await runVoxport(args, env);
      expect(stderr.join('\n'), args[0]).toMatch(
        /^voxport: nothing is exported yet\. Start with: node \S+main\.ts sync\. .*--demo$/u,
      );
      expect(code).toBe(2);
    }
  } finally {
    await empty.drop();
  }
});
