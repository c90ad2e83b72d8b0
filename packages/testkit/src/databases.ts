import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { atEnd } from './at-end.ts';
import { testServers } from './servers.ts';

/** A database of one test or one test file. `await using` drops it at the end of the scope. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  /** Drops it, whoever is still connected. A run drops what its tests left behind, so this is for tidiness. */
  drop(): Promise<void>;
}

/** A database made ready once a run and copied for each test. */
export interface DatabaseTemplate {
  /** Lower-case letters, digits and underscores; two templates of one name are one. */
  readonly name: string;
  /** Fills it, e.g. runs the migrations. Must have closed its connections when it resolves. */
  prepare(url: string): Promise<void>;
}

/**
 * Makes an empty database, or a copy of a template, on this run's Postgres.
 * `icuLocale` makes an empty one whose texts are in the order of that locale, e.g. `en-US`.
 * A copy of 40 tables takes 25 ms; the first test that asks for a template pays for its preparation.
 */
export async function createTestDatabase(
  options: { template?: DatabaseTemplate; icuLocale?: string } = {},
): Promise<TestDatabase> {
  const { postgresUrl, runId, keep } = testServers();
  const template = options.template ? await ensureTemplate(options.template) : 'template0';
  const name = `${databasePrefix(runId)}${randomBytes(6).toString('hex')}`;
  await withAdmin(postgresUrl, (admin) => createDatabase(admin, name, template, options.icuLocale));
  const drop = async (): Promise<void> => {
    if (keep) return;
    await withAdmin(postgresUrl, (admin) => dropDatabase(admin, name));
  };
  return { url: databaseUrl(postgresUrl, name), name, drop, [Symbol.asyncDispose]: drop };
}

/** All databases of a run begin with this. */
function databasePrefix(runId: string): string {
  return `voxport_test_${runId}_`;
}

async function createDatabase(admin: pg.Client, name: string, template: string, icuLocale?: string): Promise<void> {
  const locale = icuLocale === undefined ? '' : `locale_provider icu icu_locale '${icuLocale}'`;
  await admin.query(`create database "${name}" template "${template}" ${locale} ${testServers().copyStrategy}`);
}

/**
 * A server waits with a drop for every session of every database: one that has got half of a message, because another
 * test has its network swallow the rest, held up four files for a minute. What is not dropped in time is left to the
 * end of the run.
 */
async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  await admin.query(`set statement_timeout = '5s'`);
  try {
    await admin.query(`drop database if exists "${name}" with (force)`);
  } catch (error) {
    const isTimeout = error instanceof pg.DatabaseError && error.code === '57014';
    if (!isTimeout) throw error;
  }
}

async function ensureTemplate(template: DatabaseTemplate): Promise<string> {
  const { postgresUrl, runId } = testServers();
  if (!/^[a-z0-9_]{1,20}$/u.test(template.name)) throw new Error(`Not a template name: ${template.name}`);
  const ready = `${databasePrefix(runId)}t_${template.name}`;
  await withAdmin(postgresUrl, async (admin) => {
    // One process prepares, the others wait here. The lock ends with the connection.
    await admin.query('select pg_advisory_lock(hashtextextended($1, 0))', [ready]);
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [ready]);
    if (rowCount) return;
    // Renamed when complete: a preparation that failed is not taken for a template.
    const unfinished = `${ready}_new`;
    await admin.query(`drop database if exists "${unfinished}" with (force)`);
    await createDatabase(admin, unfinished, 'template0');
    await template.prepare(databaseUrl(postgresUrl, unfinished));
    await admin.query(`alter database "${unfinished}" rename to "${ready}"`);
  });
  return ready;
}

/** Drops every database of the run. */
export async function dropTestDatabases(postgresUrl: string, runId: string): Promise<void> {
  await withAdmin(postgresUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [databasePrefix(runId)],
    );
    for (const { name } of rows) await admin.query(`drop database if exists "${name}" with (force)`);
  });
}

/** Connects as administrator, calls `work` and disconnects. */
export async function withAdmin<T>(postgresUrl: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: postgresUrl, application_name: 'voxport-testkit' });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** Sends one statement by a session that nothing of the product has set up, and returns its rows. */
export function queryOnce(url: string, statement: string): Promise<Record<string, unknown>[]> {
  return withAdmin(url, async (client) => (await client.query<Record<string, unknown>>(statement)).rows);
}

/**
 * Makes a login of the test's own that has the rights of a role and no other; the URL is of the same database. Dropped
 * when the test, or the file, ends. `memberOf` null: a login without rights.
 */
export async function createTestLogin(url: string, memberOf: string | null): Promise<string> {
  const { postgresUrl } = testServers();
  const name = `voxport_test_login_${randomBytes(6).toString('hex')}`;
  await withAdmin(postgresUrl, (admin) =>
    admin.query(`create role ${name} login password 'login' ${memberOf === null ? '' : `in role "${memberOf}"`}`),
  );
  atEnd(() =>
    withAdmin(postgresUrl, (admin) => admin.query(`drop role if exists ${name}`)).catch((error: unknown) => {
      // It owns something: the server of a run goes with the run.
      if (!(error instanceof pg.DatabaseError) || error.code !== '2BP01') throw error;
    }),
  );
  const login = new URL(url);
  login.username = name;
  login.password = 'login';
  return login.href;
}

function databaseUrl(postgresUrl: string, name: string): string {
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return url.href;
}
