import { spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createTestDatabase, createTestLogin } from '@voxport/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { copiedMigrations } from '../test/copied-migrations.ts';
import { failOnWarning } from '../test/warehouse-database.ts';
import { connectDatabase, type Database } from './database.ts';
import { migrateDatabase, migrationStatus } from './migrate.ts';

const shipped = join(import.meta.dirname, 'migrations');

async function freshDatabase(): Promise<{ url: string; query: (text: string) => Promise<Record<string, unknown>[]> }> {
  const created = await createTestDatabase();
  const client = new pg.Client({ connectionString: created.url });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await created.drop();
  });
  return { url: created.url, query: async (text) => (await client.query<Record<string, unknown>>(text)).rows };
}

function open(url: string): Database {
  const database = connectDatabase({ url, poolSizeMax: 1, applicationName: 'voxport-test', onPoolError: () => {} });
  onTestFinished(() => database.close());
  return database;
}

const shippedNames = (await readdir(shipped)).map((file) => file.replace(/\.sql$/u, '')).toSorted();

test('an empty database gets every migration, a second run none', async () => {
  const { url } = await freshDatabase();
  const { kysely } = open(url);
  expect(await migrationStatus(kysely)).toEqual({ applied: [], pending: shippedNames, unknown: [], obstacle: null });
  expect(await migrateDatabase({ url, onWarning: failOnWarning })).toEqual(shippedNames);
  expect(await migrateDatabase({ url, onWarning: failOnWarning })).toEqual([]);
  const status = await migrationStatus(kysely);
  expect(status.applied.map(({ name }) => name)).toEqual(shippedNames);
  expect(status).toMatchObject({ pending: [], unknown: [], obstacle: null });
});

test('every file has a number of its own, so that no two can change places', () => {
  const numbers = shippedNames.map((name) => /^(\d{4})_[a-z0-9_]+$/u.exec(name)?.[1]);
  expect(numbers).not.toContain(undefined);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('processes that migrate one empty database at once all succeed, and each file runs once', async () => {
  const { url, query } = await freshDatabase();
  const script = `
    import { migrateDatabase } from ${JSON.stringify(join(import.meta.dirname, 'migrate.ts'))};
    console.log(JSON.stringify(await migrateDatabase({ url: process.argv[1], onWarning: (message) => { throw new Error(message); } })));
  `;
  const processes = Array.from({ length: 3 }, () => runNode(['--input-type=module-typescript', '--eval', script, url]));
  const pools = Array.from({ length: 4 }, () => migrateDatabase({ url, onWarning: failOnWarning }));
  const ran = [
    ...(await Promise.all(processes)).map((output) => JSON.parse(output) as string[]),
    ...(await Promise.all(pools)),
  ];
  expect(ran.filter(({ length }) => length > 0)).toEqual([shippedNames]);
  expect(await query('select count(*)::int as count from voxport_ops.migrations')).toEqual([
    { count: shippedNames.length },
  ]);
});

test('databases of one server migrate at once, though they share the readers’ role', async () => {
  const databases = await Promise.all(Array.from({ length: 4 }, () => freshDatabase()));
  const ran = await Promise.all(databases.map(({ url }) => migrateDatabase({ url, onWarning: failOnWarning })));
  expect(ran).toEqual(databases.map(() => shippedNames));
});

test('a failed migration names its file and line, and leaves nothing of the run behind', async () => {
  const { url, query } = await freshDatabase();
  const directory = await copiedMigrations();
  await writeFile(join(directory, '9001_fine.sql'), 'create table voxport.fine ();');
  await writeFile(
    join(directory, '9002_broken.sql'),
    'create table voxport.half ();\n\nselect * from voxport.nowhere;\n',
  );
  await expect(migrateDatabase({ url, directory, onWarning: failOnWarning })).rejects.toThrow(
    'Migration 9002_broken.sql failed at line 3: relation "voxport.nowhere" does not exist (42P01). Nothing of this run was kept.',
  );
  expect(await query("select 1 from pg_class where relname in ('fine', 'half', 'conversations')")).toEqual([]);
  expect(await migrateDatabase({ url, onWarning: failOnWarning })).toEqual(shippedNames);
  await expect(migrateDatabase({ url, directory, onWarning: failOnWarning })).rejects.toThrow('9002_broken.sql');
  expect(await query("select 1 from pg_class where relname in ('fine', 'half')")).toEqual([]);
  await writeFile(join(directory, '9002_broken.sql'), 'create table voxport.half ();');
  expect(await migrateDatabase({ url, directory, onWarning: failOnWarning })).toEqual(['9001_fine', '9002_broken']);
});

test('a database that is newer than the code is refused with its unknown migrations', async () => {
  const { url } = await freshDatabase();
  const directory = await copiedMigrations();
  await writeFile(join(directory, '9001_from_the_future.sql'), 'create table voxport.future ();');
  await migrateDatabase({ url, directory, onWarning: failOnWarning });
  await expect(migrateDatabase({ url, onWarning: failOnWarning })).rejects.toMatchObject({
    name: 'TerminalFailure',
    message: expect.stringContaining('newer Voxport: this one does not know 9001_from_the_future'),
  });
  expect((await migrationStatus(open(url).kysely)).unknown).toEqual(['9001_from_the_future']);
});

test('a database whose migrations stood in another order is left as it is, with a sentence and a way', async () => {
  const { url, query } = await freshDatabase();
  const directory = await copiedMigrations('0030');
  await migrateDatabase({ url, directory, onWarning: failOnWarning });
  // A later one was there before an earlier one, and one had another number.
  const { kysely } = open(url);
  await query("insert into voxport_ops.migrations values ('0040_recordings', now()::text)");
  const says = async (): Promise<string> => {
    const error: unknown = await migrateDatabase({ url, onWarning: failOnWarning }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TerminalFailure', code: 'database' });
    return String(error);
  };
  expect(await says()).toMatch(
    /in another order: it lacks 0031_listing_trail, 0032_verifications, which comes before 0040_recordings\. .*Make an empty database/u,
  );
  await query("update voxport_ops.migrations set name = '0031_recordings' where name = '0040_recordings'");
  expect(await says()).toMatch(
    /in another order: it has 0031_recordings, which this one does not know\. .*run voxport sync/u,
  );
  expect((await migrationStatus(kysely)).obstacle?.problem).toContain('in another order');
  expect(await query("select to_regclass('voxport_ops.coverage') as made")).toEqual([{ made: null }]);
});

test('a plain owner, who may create neither roles nor databases, migrates; what is missing is warned of with what to run', async () => {
  const { url, query } = await freshDatabase();
  const owner = `voxport_test_owner_${randomBytes(6).toString('hex')}`;
  await query(`create role ${owner} login password 'owner' nosuperuser nocreaterole nocreatedb`);
  onTestFinished(async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`drop owned by ${owner} cascade; drop role ${owner}`);
    await client.end();
  });
  const [{ name } = {}] = await query('select current_database() as name');
  await query(`grant create on database "${String(name)}" to ${owner}`);
  const limited = new URL(url);
  limited.username = owner;
  limited.password = 'owner';
  const warnings: string[] = [];
  expect(await migrateDatabase({ url: limited.href, onWarning: (message) => void warnings.push(message) })).toEqual(
    shippedNames,
  );
  // Roles belong to the whole server: other tests of this run may have made them, and the owner then grants to them.
  for (const warning of warnings) expect(warning).toContain('create role voxport_bi nologin');
  expect(await migrateDatabase({ url: limited.href, onWarning: () => {} })).toEqual([]);
  const owners = await query(
    "select distinct nspowner::regrole::text as owner from pg_namespace where nspname like 'voxport%'",
  );
  expect(owners).toEqual([{ owner }]);
});

test('the services’ role migrates nothing: all done is well, anything pending is a sentence with what to run', async () => {
  const { url } = await freshDatabase();
  await migrateDatabase({ url, onWarning: failOnWarning });
  const service = await createTestLogin(url, 'voxport_app');
  expect(await migrateDatabase({ url: service, onWarning: failOnWarning })).toEqual([]);
  const directory = await copiedMigrations();
  await writeFile(join(directory, '9000_later.sql'), 'select 1;');
  await expect(migrateDatabase({ url: service, directory, onWarning: failOnWarning })).rejects.toThrow(
    /lacks 1 migration, .* DATABASE_OWNER_URL/u,
  );
});

test('a reader who takes the advisory locks that Kysely and Voxport have used holds up no migration', async () => {
  const { url, query } = await freshDatabase();
  await query(`select pg_advisory_lock(3853314791062309107),
    pg_advisory_lock(hashtext('voxport_ops.grant_bi_access')) from generate_series(1, 1)`);
  expect(await migrateDatabase({ url, onWarning: failOnWarning })).toEqual(shippedNames);
});

test('a migration run grants again to a readers’ role that was made anew', async () => {
  const { url, query } = await freshDatabase();
  await migrateDatabase({ url, onWarning: failOnWarning });
  await query(
    'revoke all on schema voxport from voxport_bi; revoke all on all tables in schema voxport from voxport_bi; grant insert on voxport.recordings to voxport_bi',
  );
  await migrateDatabase({ url, onWarning: failOnWarning });
  expect(await query("select has_table_privilege('voxport_bi', 'voxport.conversations', 'select') as granted")).toEqual(
    [{ granted: true }],
  );
  expect(await query("select has_table_privilege('voxport_bi', 'voxport.recordings', 'insert') as granted")).toEqual([
    { granted: false },
  ]);
});

test('a database that cannot be reached is one sentence without the password', async () => {
  const error: unknown = await migrateDatabase({
    url: 'postgres://somebody:secret@127.0.0.1:1/nowhere?password=secret',
    onWarning: failOnWarning,
  }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    message:
      'Cannot connect to the database that DATABASE_URL names (postgres://somebody@127.0.0.1:1/nowhere): nothing listens there. Start Postgres, or correct its host and port (ECONNREFUSED).',
  });
});

/** Runs this test's Node; resolves with its output. */
function runNode(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(errors))));
  });
}
