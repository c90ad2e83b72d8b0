import { stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../src/index.ts';
import { query, startInProcess, temporaryDataDir } from './support.ts';

let prepared = '';
beforeAll(async () => {
  prepared = await mkdtemp(join(tmpdir(), 'voxport-embedded-prepared-'));
  await startEmbeddedPostgres({ dataDir: prepared, tuning: 'test' });
  await stopEmbeddedPostgres({ dataDir: prepared });
  return () => rm(prepared, { recursive: true, force: true });
});

test('creates, starts, finds and stops a server whose data and port outlive it', async () => {
  const dataDir = await temporaryDataDir();
  expect(await findEmbeddedPostgres(dataDir)).toBeNull();

  const log: string[] = [];
  const first = await startEmbeddedPostgres({ dataDir, onLog: (message) => log.push(message) });
  expect(first).toMatchObject({ startedHere: true, version: expect.stringMatching(/^18\.\d+$/u) });
  expect(log).toEqual([expect.stringContaining('Creating a Postgres database')]);
  await query(first.url, 'create table kept as select 42 as answer');

  const found = { ...first, startedHere: false };
  expect(await findEmbeddedPostgres(dataDir)).toEqual(found);
  expect(await startEmbeddedPostgres({ dataDir })).toEqual(found);

  expect(await stopEmbeddedPostgres({ dataDir })).toBe('stopped');
  expect(await findEmbeddedPostgres(dataDir)).toBeNull();
  expect(await stopEmbeddedPostgres({ dataDir })).toBe('not_running');

  const again = await startEmbeddedPostgres({ dataDir });
  expect(again).toEqual(first);
  expect(await query(again.url, 'table kept')).toEqual([{ answer: 42 }]);
});

test('sorts and folds text the same on every system, and keeps what a commit promises', async () => {
  const dataDir = await temporaryDataDir();
  const { url } = await startEmbeddedPostgres({ dataDir });
  const [row] = await query(
    url,
    `select datlocprovider as provider, datlocale as locale, pg_encoding_to_char(encoding) as encoding,
            current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
            current_setting('TimeZone') as zone, lower('ÄÉ') as lower
       from pg_database where datname = current_database()`,
  );
  expect(row).toEqual({
    provider: 'b',
    locale: 'C.UTF-8',
    encoding: 'UTF8',
    fsync: 'on',
    synchronous_commit: 'on',
    zone: 'UTC',
    lower: 'äé',
  });
});

test('lets nobody in without the password, neither by TCP nor by the socket', async () => {
  const dataDir = await temporaryDataDir(prepared);
  const { url, port, socketDir } = await startEmbeddedPostgres({ dataDir });
  const wrong = new URL(url);
  wrong.password = 'guessed';
  await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  const overSocket = `postgresql:///voxport?host=${encodeURIComponent(socketDir ?? '')}&port=${port}&user=voxport`;
  const { password } = new URL(url);
  expect(await query(`${overSocket}&password=${password}`, 'select inet_server_addr() as address')).toEqual([
    { address: null },
  ]);
  await expect(query(`${overSocket}&password=guessed`, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect((await stat(join(dataDir, 'cluster', 'voxport.pgpass'))).mode & 0o777).toBe(0o600);
});

test('is started once by many processes at the same time, and outlives them all', async () => {
  const dataDir = await temporaryDataDir();
  const results = await Promise.all(Array.from({ length: 6 }, () => startInProcess(dataDir).result));
  expect(results.map(({ code, output }) => (code === 0 ? '' : output))).toEqual(Array(6).fill(''));
  const servers = results.map(({ output }) => JSON.parse(output) as EmbeddedPostgres);
  expect(servers.filter(({ startedHere }) => startedHere)).toHaveLength(1);
  expect(new Set(servers.map(({ url }) => url)).size).toBe(1);
  expect((await findEmbeddedPostgres(dataDir))?.url).toBe(servers[0]?.url);
});

test("does not follow the caller's PG variables", async () => {
  const dataDir = await temporaryDataDir();
  const env = {
    PGPORT: '1',
    PGDATA: '/nowhere',
    PGHOST: 'nowhere.invalid',
    PGUSER: 'nobody',
    LC_ALL: 'xx_XX',
    TZ: 'Asia/Tokyo',
  };
  const { code, output } = await startInProcess(dataDir, { env }).result;
  expect(code, output).toBe(0);
  const { url } = JSON.parse(output) as EmbeddedPostgres;
  expect(await query(url, 'show timezone')).toEqual([{ TimeZone: 'UTC' }]);
});

test('takes another port when something else listens on its own', async () => {
  const dataDir = await temporaryDataDir(prepared);
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as AddressInfo;
  await writeFile(join(dataDir, 'port'), `${port}\n`);
  const server = await startEmbeddedPostgres({ dataDir });
  expect(server.port).not.toBe(port);
  squatter.close();
  await once(squatter, 'close');
});

test('does without a unix socket below a path that is too long for one', async () => {
  const dataDir = join(await temporaryDataDir(), 'd'.repeat(100));
  const server = await startEmbeddedPostgres({ dataDir, tuning: 'test' });
  try {
    expect(server.socketDir).toBeNull();
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await findEmbeddedPostgres(dataDir)).toMatchObject({ socketDir: null });
  } finally {
    await stopEmbeddedPostgres({ dataDir });
  }
});
