import { randomBytes } from 'node:crypto';
import { withAdmin } from '../../packages/testkit/src/databases.ts';
import { connectDatabase, migrateDatabase, type Database } from '../../packages/warehouse/src/index.ts';
import { openPool } from '../../packages/warehouse/src/database.ts';
import { clockSchema, modelNowMs, onSleep, setModelNow } from './clock.ts';

/** The Postgres database in which histories are played, one after the other. */
export interface Store extends AsyncDisposable {
  readonly database: Database;
  readonly query: <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>;
  /** Empties it, and sets the clock. */
  readonly reset: (nowMs: number) => Promise<void>;
  /** Leaps forward; never back: Postgres may be some milliseconds ahead already. */
  readonly leapTo: (nowMs: number) => Promise<void>;
  /** Sessions that wait for a lock. */
  readonly blockedSessions: () => Promise<number>;
}

/** Histories after which the rows that they have deleted are cleared away: each scan would pass over them. */
const vacuumEvery = 20;

/** Makes a database of its own on a server, with the model's clock and the product's tables. */
export async function openStore(postgresUrl: string): Promise<Store> {
  const name = `voxport_model_${randomBytes(5).toString('hex')}`;
  await withAdmin(postgresUrl, async (admin) => {
    await admin.query(`create database "${name}" template template0`);
    // A plan serves every history, whatever its values.
    await admin.query(`alter database "${name}" set plan_cache_mode = force_generic_plan`);
  });
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const searchPath = 'model_clock, pg_catalog';
  const settings = { url: url.href, applicationName: 'voxport model', onPoolError: () => {}, searchPath };
  await withAdmin(url.href, async (admin) => void (await admin.query(clockSchema)));
  await migrateDatabase({ url: url.href, onWarning: () => {}, searchPath });
  const database = connectDatabase({ ...settings, poolSizeMax: 6 });
  const pool = openPool({ ...settings, poolSizeMax: 2 });

  async function query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await pool.query(text, [...values]);
    return rows as Row[];
  }
  const reset = await resetOf(query);
  let resets = 0;

  async function leapTo(ms: number): Promise<void> {
    const [row] = await query<{ ms: number }>(
      `select setval('model_clock.ms', greatest($1::int8, (select last_value + 1 from model_clock.ms)))::int8 as ms`,
      [ms],
    );
    setModelNow(row!.ms);
  }

  onSleep((ms) => leapTo(modelNowMs() + ms));
  return {
    database,
    query,
    async reset(nowMs) {
      await query(reset);
      resets += 1;
      if (resets % vacuumEvery === 0) await query('vacuum');
      await query(`select setval('model_clock.ms', $1::int8)`, [nowMs]);
      setModelNow(nowMs);
    },
    leapTo,
    async blockedSessions() {
      const [row] = await query<{ blocked: number }>(
        `select count(*)::int4 as blocked from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return row!.blocked;
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      await pool.end();
      await withAdmin(
        postgresUrl,
        async (admin) => void (await admin.query(`drop database if exists "${name}" with (force)`)),
      );
    },
  };
}

/**
 * The statement that empties every table that is empty after the migrations, and sets the sequences back. Deleting a
 * few rows is quicker than new files for forty tables.
 */
async function resetOf(query: Store['query']): Promise<string> {
  const tables = await query<{ name: string }>(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('voxport', 'voxport_raw', 'voxport_ops')`);
  const emptied: string[] = [];
  for (const { name } of tables) {
    const rows = await query(`select 1 from ${name} limit 1`);
    if (rows.length === 0) emptied.push(name);
  }
  return [
    'begin',
    // Neither triggers nor foreign keys: everything goes.
    `set local session_replication_role = replica`,
    ...emptied.map((name) => `delete from ${name}`),
    `select setval(format('%I.%I', schemaname, sequencename), 1, false) from pg_sequences where schemaname in ('voxport', 'voxport_raw', 'voxport_ops')`,
    'commit',
  ].join('; ');
}
