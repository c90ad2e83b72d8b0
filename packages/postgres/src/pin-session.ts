import type pg from 'pg';

/** What one connection needs besides what all of them do. */
export interface SessionNeeds {
  /** Schemas that unqualified names are looked up in, as Postgres writes them; empty for pg_catalog alone. */
  readonly searchPath: string;
  /** The server ends a statement that takes longer; 0 for no limit. */
  readonly statementTimeoutMs: number;
  /** The server ends a session that leaves its transaction idle for longer; 0 for no limit. */
  readonly idleInTransactionTimeoutMs: number;
}

/**
 * Settings that change what a statement means, or how a value is written. A database, a role, a server or a client library may have others by default;
 * the values here are those that the statements and the reader of values are written for. What an operator decides for good reasons (read-only,
 * synchronous_commit, tablespaces, memory) is not among them.
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
};

/**
 * Sets what a session must have, whatever its database and role have by default. One round trip, to be made before anything else is asked: a pool
 * does it before it hands the connection out. By SET and not by the start of the connection, because a pooler refuses parameters there.
 */
export async function pinSession(client: pg.ClientBase, needs: SessionNeeds): Promise<void> {
  const wanted = {
    ...pins,
    search_path: needs.searchPath,
    statement_timeout: String(needs.statementTimeoutMs),
    idle_in_transaction_session_timeout: String(needs.idleInTransactionTimeoutMs),
  };
  const values = Object.entries(wanted).map(([name, value]) => `('${name}', '${value.replaceAll("'", "''")}')`);
  // A server that does not know one (transaction_timeout before 17) has none to be pinned. Qualified, because no path is pinned yet.
  await client.query(
    `select pg_catalog.set_config(name, setting, false) from (values ${values.join(', ')}) as pins (name, setting)
     where pg_catalog.current_setting(name, true) is not null`,
  );
}

/** The setting of a pool by which it prepares each connection and waits for that before it hands it out. pg's types do not know that it waits. */
export function waitedFor(prepare: (client: pg.ClientBase) => Promise<void>): Pick<pg.PoolConfig, 'onConnect'> {
  return Object.assign({}, { onConnect: prepare });
}
