import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kysely, PostgresDialect, sql, type ControlledTransaction } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import type pg from 'pg';
import { TerminalFailure } from '@voxport/domain';
import { requireWritable } from '@voxport/postgres';
import { keepAccess } from './access/keep-access.ts';
import { dropRestrictedViews } from './access/restricted-views.ts';
import { connectionFailure, databaseErrorCode, describePlace } from '@voxport/postgres';
import { openPool, placeOf, readFitness } from './database.ts';

const shippedDirectory = join(import.meta.dirname, 'migrations');
const bookkeeping = { schema: 'voxport_ops', table: 'migrations', lockTable: 'migrations_lock' } as const;

export interface MigrationStatus {
  /** File names without `.sql`, in order. */
  readonly applied: readonly { readonly name: string; readonly appliedAt: Date }[];
  readonly pending: readonly string[];
  /** Applied by another state of Voxport, a newer one as a rule: this one has no such file. */
  readonly unknown: readonly string[];
  /**
   * Why this code cannot bring the database up to date, and what to do; null where it can. A newer Voxport has
   * migrated it, or one whose migrations stood in another order.
   */
  readonly obstacle: { readonly problem: string; readonly remedy: string } | null;
}

/**
 * Brings a database up to date: runs the `.sql` files that it has not seen, in order, all in one transaction. Safe to
 * run again, and from several processes at once: they wait for one another. Uses a connection of its own, without a
 * statement timeout, because waiting for the lock and rewriting a large table both take long.
 * @param options.settingName the setting that the URL stands in, for messages; DATABASE_URL by default.
 * @param options.onWarning told what could not be done but is no obstacle, e.g. a role that may not be created.
 * @param options.directory another folder of migrations, for tests.
 * @param options.searchPath where unqualified names are looked up, for tests that put a clock of theirs before the
 *   server's.
 * @returns the names of the files that were run.
 * @throws TerminalFailure when a file fails (nothing of this run is left behind), when the database was migrated by
 *   a newer Voxport or in another order, cannot be connected to, takes no writes, or has an encoding that
 * cannot hold every text: nothing is made in it then.
 */
export async function migrateDatabase(options: {
  url: string;
  settingName?: string;
  onWarning: (message: string) => void;
  directory?: string;
  searchPath?: string;
}): Promise<string[]> {
  const directory = options.directory ?? shippedDirectory;
  const place = placeOf(options);
  const pool = openPool({
    ...options,
    // One migrates, one holds the lock.
    poolSizeMax: 2,
    applicationName: 'voxport migrate',
    // A connection that breaks while idle is replaced; one that breaks in use fails its statement.
    onPoolError: () => {},
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
    searchPath: options.searchPath ?? '',
  });
  pool.on('connect', (client) => {
    client.on('notice', (notice) => {
      if (notice.severity === 'WARNING') options.onWarning(notice.message ?? '');
    });
  });
  const kysely = new Kysely<unknown>({ dialect: makeMigratingDialect(pool) });
  try {
    // Before anything is made: what begins in such a database ends in the middle.
    requireWritable(await readFitness(kysely, place), describePlace(place));
    await refuseOtherHistory(kysely, directory);
    if (!(await mayMigrate(kysely))) {
      await refusePending(kysely, directory);
      return [];
    }
    const { error, results = [] } = await openMigrator(kysely, directory).migrateToLatest();
    if (error !== undefined) {
      const failed = results.find((result) => result.status === 'Error');
      // Another process with newer code may have come first, between the check above and the lock.
      if (failed === undefined) await refuseOtherHistory(kysely, directory);
      if (failed !== undefined) throw await migrationFailure(directory, failed.migrationName, error);
      throw error instanceof Error ? error : new Error('The migrations did not run', { cause: error });
    }
    await keepAccess(kysely, options.onWarning);
    return results.map((result) => result.migrationName);
  } catch (error) {
    throw connectionFailure(error, place) ?? error;
  } finally {
    await kysely.destroy();
  }
}

/** Tells which migrations a database has seen, without changing it: an empty one has seen none. */
export async function migrationStatus(
  kysely: Kysely<unknown>,
  directory: string = shippedDirectory,
): Promise<MigrationStatus> {
  const files = Object.keys(await readMigrations(directory)).toSorted();
  const applied = await readApplied(kysely);
  const names = new Set(applied.map(({ name }) => name));
  const pending = files.filter((name) => !names.has(name));
  const unknown = [...names].filter((name) => !files.includes(name));
  return { applied, pending, unknown, obstacle: obstacleOf({ files, applied: [...names], pending, unknown }) };
}

/**
 * A migration that is run after one which was written later may take back what that one has made: nothing is run then,
 * whatever Postgres would say to it.
 */
function obstacleOf(found: {
  readonly files: readonly string[];
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  readonly unknown: readonly string[];
}): MigrationStatus['obstacle'] {
  const last = found.files.at(-1) ?? '';
  const strange = found.unknown.filter((name) => name < last);
  if (found.unknown.length > 0 && strange.length === 0)
    return {
      problem: `The database was migrated by a newer Voxport: this one does not know ${found.unknown.join(', ')}.`,
      remedy: 'Update Voxport, or use another database.',
    };
  const lastKnown = found.applied.filter((name) => !found.unknown.includes(name)).at(-1) ?? '';
  const leftOut = found.pending.filter((name) => name < lastKnown);
  if (strange.length === 0 && leftOut.length === 0) return null;
  const how = [
    ...(strange.length > 0 ? [`it has ${strange.join(', ')}, which this one does not know`] : []),
    ...(leftOut.length > 0 ? [`it lacks ${leftOut.join(', ')}, which comes before ${lastKnown}`] : []),
  ].join(', and ');
  return {
    problem: `The database was migrated by a Voxport whose migrations stood in another order: ${how}. Its tables cannot be brought up to date where they are.`,
    remedy:
      'Make an empty database, name it in DATABASE_URL and run voxport sync, which exports everything again (of an embedded one: voxport database stop, then move its data directory away). Keep the old one: only there is what the source has deleted since.',
  };
}

async function readApplied(kysely: Kysely<unknown>): Promise<{ name: string; appliedAt: Date }[]> {
  const found = await sql<{ found: boolean }>`
    select to_regclass(${`${bookkeeping.schema}.${bookkeeping.table}`}) is not null as found
  `.execute(kysely);
  if (found.rows[0]?.found !== true) return [];
  const { rows } = await sql<{ name: string; appliedAt: Date }>`
    select name, timestamp::timestamptz as "appliedAt" from ${sql.table(`${bookkeeping.schema}.${bookkeeping.table}`)} order by name
  `.execute(kysely);
  return rows;
}

/**
 * Whether the connection's role owns our schemas, or finds none yet. The services' role does not, and has nothing to do
 * where all is done.
 */
async function mayMigrate(kysely: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql<{ owner: boolean }>`
    select coalesce((
      select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = ${bookkeeping.schema}
    ), true) as owner
  `.execute(kysely);
  return rows[0]?.owner === true;
}

async function refusePending(kysely: Kysely<unknown>, directory: string): Promise<void> {
  const { pending } = await migrationStatus(kysely, directory);
  if (pending.length === 0) return;
  throw new TerminalFailure(
    'database',
    `The database lacks ${pending.length} migration${pending.length === 1 ? '' : 's'}, and the role of DATABASE_URL does not own its schemas. ` +
      'Run voxport migrate with DATABASE_OWNER_URL set to the URL of the role that does.',
  );
}

async function refuseOtherHistory(kysely: Kysely<unknown>, directory: string): Promise<void> {
  const { obstacle } = await migrationStatus(kysely, directory);
  if (obstacle !== null) throw new TerminalFailure('database', `${obstacle.problem} ${obstacle.remedy}`);
}

/**
 * Kysely serialises migrations by an advisory lock whose number is in its source: any reader may take it, and
 * migrations then wait for an hour. The same by a lock on its own table, which no reader reaches, in a transaction
 * beside the one that migrates.
 */
function makeMigratingDialect(pool: pg.Pool): PostgresDialect {
  const locks = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  let held: ControlledTransaction<unknown> | null = null;
  const dialect = new PostgresDialect({ pool });
  const adapter = Object.assign(dialect.createAdapter(), {
    acquireMigrationLock: async () => {
      held = await locks.startTransaction().execute();
      await sql`lock table ${sql.table(`${bookkeeping.schema}.${bookkeeping.lockTable}`)} in exclusive mode`.execute(
        held,
      );
    },
    releaseMigrationLock: async () => {
      await held?.rollback().execute();
      held = null;
    },
  });
  return Object.assign(dialect, { createAdapter: () => adapter });
}

function openMigrator(kysely: Kysely<unknown>, directory: string): Migrator {
  return new Migrator({
    db: kysely,
    provider: { getMigrations: () => readMigrations(directory) },
    migrationTableSchema: bookkeeping.schema,
    migrationTableName: bookkeeping.table,
    migrationLockTableName: bookkeeping.lockTable,
  });
}

async function readMigrations(directory: string): Promise<Record<string, Migration>> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql'));
  return Object.fromEntries(
    files.map((file) => [
      file.slice(0, -'.sql'.length),
      {
        up: async (transaction: Kysely<unknown>) => {
          await dropRestrictedViews(transaction);
          await sql.raw(await readFile(join(directory, file), 'utf8')).execute(transaction);
        },
      },
    ]),
  );
}

/** Names the file and the line, because Postgres only counts characters. */
async function migrationFailure(directory: string, name: string, error: unknown): Promise<TerminalFailure> {
  const text = await readFile(join(directory, `${name}.sql`), 'utf8');
  const position = error instanceof Error && 'position' in error ? Number(error.position) : Number.NaN;
  const line = Number.isNaN(position) ? '' : ` at line ${text.slice(0, position).split('\n').length}`;
  const message = error instanceof Error ? error.message : String(error);
  return new TerminalFailure(
    'database',
    `Migration ${name}.sql failed${line}: ${message} (${databaseErrorCode(error) ?? 'no code'}). Nothing of this run was kept.`,
    { cause: error },
  );
}
