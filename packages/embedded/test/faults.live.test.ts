import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdir, mkdtemp, readFile, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import {
  EmbeddedPostgresFailure,
  findEmbeddedPostgres,
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
} from '../src/index.ts';
import { query, startInProcess, temporaryDataDir } from './support.ts';

let prepared = '';
beforeAll(async () => {
  prepared = await mkdtemp(join(tmpdir(), 'voxport-embedded-prepared-'));
  await startEmbeddedPostgres({ dataDir: prepared, tuning: 'test' });
  await stopEmbeddedPostgres({ dataDir: prepared });
  return () => rm(prepared, { recursive: true, force: true });
});

const postmasterFile = (dataDir: string): string => join(dataDir, 'cluster', 'postmaster.pid');
const postmasterPid = async (dataDir: string): Promise<number> =>
  Number.parseInt(await readFile(postmasterFile(dataDir), 'utf8'), 10);

test('recovers what was committed after the server was killed', async () => {
  const dataDir = await temporaryDataDir(prepared);
  const { url } = await startEmbeddedPostgres({ dataDir });
  await query(url, 'create table kept as select 42 as answer');
  process.kill(await postmasterPid(dataDir), 'SIGKILL');
  await vi.waitFor(async () => expect(await findEmbeddedPostgres(dataDir)).toBeNull(), { timeout: 10_000 });
  const again = await startEmbeddedPostgres({ dataDir });
  expect(again).toMatchObject({ startedHere: true, url });
  expect(await query(again.url, 'table kept')).toEqual([{ answer: 42 }]);
});

test('starts though the process id that a crash left behind belongs to another process now', async () => {
  const dataDir = await temporaryDataDir(prepared);
  await writeFile(
    postmasterFile(dataDir),
    `${process.pid}\n${join(dataDir, 'cluster')}\n1795255969\n20000\n\n127.0.0.1\n`,
  );
  expect(await findEmbeddedPostgres(dataDir)).toBeNull();
  expect(await stopEmbeddedPostgres({ dataDir })).toBe('not_running');
  expect(await startEmbeddedPostgres({ dataDir })).toMatchObject({ startedHere: true });
});

test('starts though a crash of the machine left an empty process id file', async () => {
  const dataDir = await temporaryDataDir(prepared);
  await writeFile(postmasterFile(dataDir), '');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(postmasterFile(dataDir), longAgo, longAgo);
  expect(await stopEmbeddedPostgres({ dataDir })).toBe('not_running');
  expect(await startEmbeddedPostgres({ dataDir })).toMatchObject({ startedHere: true });
});

test('recovers after an immediate stop', async () => {
  const dataDir = await temporaryDataDir(prepared);
  const { url } = await startEmbeddedPostgres({ dataDir });
  await query(url, 'create table kept as select 42 as answer');
  expect(await stopEmbeddedPostgres({ dataDir, mode: 'immediate' })).toBe('stopped');
  expect(await query((await startEmbeddedPostgres({ dataDir })).url, 'table kept')).toEqual([{ answer: 42 }]);
});

test('one that was moved while it ran is stopped, started at its new place, and told of', async () => {
  const dataDir = await temporaryDataDir();
  const before = join(dataDir, '..', 'before');
  await cp(prepared, before, { recursive: true });
  const { url, port } = await startEmbeddedPostgres({ dataDir: before });
  await query(url, 'create table kept as select 42 as answer');
  const pid = await postmasterPid(before);
  await rename(before, dataDir);
  expect(await findEmbeddedPostgres(dataDir)).toBeNull();
  const notices: string[] = [];
  const again = await startEmbeddedPostgres({ dataDir, onNotice: (message) => notices.push(message) });
  expect(notices).toEqual([expect.stringMatching(/was moved from .*before\/cluster while it ran/u)]);
  expect(again).toMatchObject({ startedHere: true, port });
  expect(await query(again.url, 'table kept')).toEqual([{ answer: 42 }]);
  expect(await query(again.url, 'show data_directory')).toEqual([{ data_directory: join(dataDir, 'cluster') }]);
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/u);
});

test('one that was moved while it ran can be stopped', async () => {
  const dataDir = await temporaryDataDir();
  const before = join(dataDir, '..', 'before');
  await cp(prepared, before, { recursive: true });
  await startEmbeddedPostgres({ dataDir: before });
  await rename(before, dataDir);
  expect(await stopEmbeddedPostgres({ dataDir })).toBe('stopped');
});

test('a copy that was made while it ran is a cluster of its own', async () => {
  const dataDir = await temporaryDataDir();
  const original = await temporaryDataDir(prepared);
  const { port } = await startEmbeddedPostgres({ dataDir: original });
  await cp(original, dataDir, { recursive: true, filter: (path) => !path.includes('.s.PGSQL') });
  const copy = await startEmbeddedPostgres({ dataDir });
  expect(copy.port).not.toBe(port);
  expect(await findEmbeddedPostgres(original)).toMatchObject({ port });
});

test('a person who waits for a server that is starting is told for what', async () => {
  const dataDir = await temporaryDataDir(prepared);
  // A process that lives, serves this cluster as far as can be seen, and never takes a connection.
  const never = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd: join(dataDir, 'cluster') });
  onTestFinished(() => void never.kill());
  await writeFile(
    postmasterFile(dataDir),
    `${never.pid}\n${join(dataDir, 'cluster')}\n1795255969\n1\n\n127.0.0.1\n\nstarting\n`,
  );
  const stopped = new AbortController();
  const notices: string[] = [];
  await expect(
    startEmbeddedPostgres({
      dataDir,
      signal: stopped.signal,
      onNotice(message) {
        notices.push(message);
        stopped.abort();
      },
    }),
  ).rejects.toThrow(/abort/iu);
  expect(notices).toEqual([expect.stringContaining(`(process ${never.pid}) is starting`)]);
  never.kill();
  await once(never, 'exit');
});

test('begins anew when the process was killed while it created the database', async () => {
  const dataDir = await temporaryDataDir();
  const { child, result } = startInProcess(dataDir);
  const unfinished = async (): Promise<string[]> =>
    (await readdir(dataDir).catch(() => [])).filter((name) => name.startsWith('unfinished-'));
  await vi.waitFor(async () => expect(await unfinished()).not.toEqual([]), { timeout: 10_000, interval: 5 });
  child.kill('SIGKILL');
  await result;
  expect(await readdir(dataDir)).not.toContain('cluster');
  const server = await startEmbeddedPostgres({ dataDir, tuning: 'test' });
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('removes what was begun and never finished', async () => {
  const dataDir = await temporaryDataDir(prepared);
  await mkdir(join(dataDir, 'unfinished-4194304-gone', 'base'), { recursive: true });
  await writeFile(join(dataDir, 'unfinished-4194304-gone.password'), 'secret');
  await startEmbeddedPostgres({ dataDir });
  expect((await readdir(dataDir)).filter((name) => name.startsWith('unfinished'))).toEqual([]);
});

test('refuses the data of another major version and says what to do', async () => {
  const dataDir = await temporaryDataDir(prepared);
  await writeFile(join(dataDir, 'cluster', 'PG_VERSION'), '17\n');
  const failure = await startEmbeddedPostgres({ dataDir }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EmbeddedPostgresFailure);
  expect(failure).toMatchObject({
    code: 'wrong_version',
    message: expect.stringMatching(/PostgreSQL 17.*18.*pg_dump/u),
  });
});

test('does not touch a directory that it did not make', async () => {
  const dataDir = await temporaryDataDir();
  await mkdir(join(dataDir, 'cluster'), { recursive: true });
  await writeFile(join(dataDir, 'cluster', 'thesis.txt'), 'mine');
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ code: 'unusable_data_dir' });
  expect(await readdir(join(dataDir, 'cluster'))).toEqual(['thesis.txt']);
});

test("shows the end of the server's log when it does not start", async () => {
  const dataDir = await temporaryDataDir(prepared);
  await appendFile(join(dataDir, 'cluster', 'postgresql.auto.conf'), "shared_buffers = 'plenty'\n");
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
    code: 'start_failed',
    message: expect.stringContaining('"plenty"'),
  });
});

test('says where the password belongs when the server refuses it', async () => {
  const dataDir = await temporaryDataDir(prepared);
  const { url } = await startEmbeddedPostgres({ dataDir });
  await query(url, "alter role voxport password 'another'");
  await expect(findEmbeddedPostgres(dataDir)).rejects.toMatchObject({
    code: 'password_rejected',
    message: expect.stringContaining('voxport.pgpass'),
  });
  expect(await stopEmbeddedPostgres({ dataDir })).toBe('stopped');
});

test('can be aborted while it creates the database, and started again', async () => {
  const dataDir = await temporaryDataDir();
  await expect(startEmbeddedPostgres({ dataDir, signal: AbortSignal.timeout(150), tuning: 'test' })).rejects.toThrow(
    /abort/iu,
  );
  expect(await startEmbeddedPostgres({ dataDir, tuning: 'test' })).toMatchObject({ startedHere: true });
});
