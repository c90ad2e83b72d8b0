import { TerminalFailure } from '@voxport/domain';
import type pg from 'pg';
import type { Pooling } from './find-pooler.ts';

/** What one connection needs besides what all of them do. */
export interface SessionNeeds {
  /** Schemas that unqualified names are looked up in, as Postgres writes them; empty for pg_catalog alone. */
  readonly searchPath: string;
  /** The server ends a statement that takes longer; 0 for no limit. */
  readonly statementTimeoutMs: number;
  /** The server ends a session that leaves its transaction idle for longer; 0 for no limit. */
  readonly idleInTransactionTimeoutMs: number;
  /**
   * False: a commit does not wait until it is on the disk, and a server that crashes may lose the last ones (0.6 s with
   * Postgres's defaults), whole and in order. Only for what is repeated when it is lost. Left out: as the operator has
   * it.
   */
  readonly waitsForDisk?: false;
}

/**
 * Settings that change what a statement means, or how a value is written. A database, a role, a server or a client
 * library may have others by default; the values here are those that the statements and the reader of values are
 * written for. What an operator decides for good reasons (read-only, synchronous_commit, tablespaces, memory) is not
 * among them.
 */
const pins: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  transform_null_equals: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  lock_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  // Postgres compiles what its planner takes for dear, and takes our short statements for that while tables are young:
  // half a second of compiling for a millisecond of work (tests of runs on PostgreSQL 15: 162 s with it, 2 s without).
  jit: 'off',
};

/**
 * Those that PgBouncer carries from session to session with its client, so that they may be set through it in
 * transaction mode. Any other would stay in a session that somebody else is given next.
 */
const carried: readonly string[] = ['DateStyle', 'TimeZone', 'client_encoding', 'standard_conforming_strings'];

/**
 * Those that change what a statement means. They cannot be set in transaction mode: there the role or the database must
 * have them by default.
 */
const neededByDefault: readonly string[] = [
  'IntervalStyle',
  'bytea_output',
  'extra_float_digits',
  'array_nulls',
  'transform_null_equals',
  'default_transaction_isolation',
  'default_transaction_deferrable',
];

/**
 * Sets what a session must have, whatever its database and role have by default. One round trip, to be made before
 * anything else is asked: a pool does it before it hands the connection out. By SET and not by the start of the
 * connection, because a pooler refuses parameters there. Through a pooler in transaction mode only what such a pooler
 * carries is set, and the rest is looked at.
 * @throws TerminalFailure where such a pooler stands before a role or a database with defaults that change what
 *   statements mean.
 */
export async function pinSession(client: pg.ClientBase, needs: SessionNeeds, pooling: Pooling = 'none'): Promise<void> {
  if (pooling === 'transaction') {
    await set(client, Object.fromEntries(carried.map((name) => [name, pins[name]!])));
    await requireDefaults(client);
    return;
  }
  await set(client, {
    ...pins,
    search_path: needs.searchPath,
    statement_timeout: String(needs.statementTimeoutMs),
    idle_in_transaction_session_timeout: String(needs.idleInTransactionTimeoutMs),
    ...(needs.waitsForDisk === false ? { synchronous_commit: 'off' } : {}),
  });
}

async function set(client: pg.ClientBase, settings: Readonly<Record<string, string>>): Promise<void> {
  const values = Object.entries(settings).map(([name, value]) => `('${name}', '${value.replaceAll("'", "''")}')`);
  // A server that does not know one (transaction_timeout before 17) has none to be pinned. Qualified, because no path
  // is pinned yet.
  await client.query(
    `select pg_catalog.set_config(name, setting, false) from (values ${values.join(', ')}) as pins (name, setting)
     where pg_catalog.current_setting(name, true) is not null`,
  );
}

async function requireDefaults(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; value: string; role: string; database: string }>(
    `select s.name, s.reset_val as value, pg_catalog.quote_ident(current_user) as role, pg_catalog.quote_ident(pg_catalog.current_database()) as database
     from pg_catalog.pg_settings s where s.name = any ($1::text[])`,
    [neededByDefault],
  );
  const wrong = rows.filter(({ name, value }) => value !== pins[name]);
  if (wrong.length === 0) return;
  const [{ role, database }] = wrong as [(typeof wrong)[0]];
  const commands = wrong.map(({ name }) => `alter role ${role} in database ${database} set ${name} = '${pins[name]}';`);
  throw new TerminalFailure(
    'database',
    `A pooler in transaction mode stands before the database, and settings that statements depend on have other defaults there (${wrong
      .map(({ name, value }) => `${name} = ${value}`)
      .join(
        ', ',
      )}). Set them for the role that Voxport uses: ${commands.join(' ')} Or use a pooler in session mode, or none.`,
  );
}

/**
 * The setting of a pool by which it prepares each connection and waits for that before it hands it out. pg's types do
 * not know that it waits.
 */
export function waitedFor(prepare: (client: pg.ClientBase) => Promise<void>): Pick<pg.PoolConfig, 'onConnect'> {
  return Object.assign({}, { onConnect: prepare });
}
