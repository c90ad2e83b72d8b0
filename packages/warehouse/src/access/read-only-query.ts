import pg from 'pg';
import { TerminalFailure } from '@voxport/domain';
import { connectionFailure } from '@voxport/postgres';
import { openPool } from '../database.ts';

/** A value as Postgres sends it: its text, and the number of its type (`pg_type.oid`). */
export interface TextValue {
  readonly typeId: number;
  readonly text: string;
}

/** A row for showing it: no value is read as anything but its text. */
export type TextRow = Readonly<Record<string, TextValue | null>>;

/**
 * Runs a person's query as a reader. Three walls, each enough by itself: the login may only read (checked here), the
 * transaction is read-only, and the text stands where Postgres takes one query that reads and nothing else, a cursor's,
 * sent by the protocol that takes one statement.
 * @param options.url of a login that may read schema voxport or voxport_restricted, and nothing more.
 * @param options.role a role that the login is a member of: with its rights, and none of the login's other ones. Null:
 *   all of the login's.
 * @param options.timeoutMs the server ends a query that takes longer.
 * @throws TerminalFailure with the server's own sentence when the query is wrong, is none that only reads, or takes too
 *   long; and when the login may do more than read.
 */
export async function runReadOnlyQuery(options: {
  url: string;
  query: string;
  role?: string | null;
  timeoutMs: number;
}): Promise<TextRow[]> {
  const pool = openPool({
    url: options.url,
    settingName: 'DATABASE_READER_URL',
    poolSizeMax: 1,
    applicationName: 'voxport query',
    onPoolError: () => {},
    statementTimeoutMs: options.timeoutMs,
    // A person may leave the schema out; one that the login may not use is passed over.
    searchPath: 'voxport, voxport_restricted, public',
  });
  try {
    const client = await pool.connect().catch((error: unknown) => {
      throw connectionFailure(error, { url: options.url, settingName: 'DATABASE_READER_URL' }) ?? error;
    });
    try {
      await refuseStronger(client);
      if (options.role !== undefined && options.role !== null) await takeRole(client, options.role);
      return await readCursor(client, options.query.replace(/[\s;]+$/u, ''));
    } finally {
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}

/** The login itself has been found weak enough: what the query could go back to. */
async function takeRole(client: pg.PoolClient, role: string): Promise<void> {
  try {
    await client.query(`set role ${pg.escapeIdentifier(role)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new TerminalFailure(
      'database',
      `--as ${role}: ${error.message}. It takes a role that the login of DATABASE_READER_URL is a member of; as its owner or an administrator: grant ${role} to that login.`,
      { cause: error },
    );
  }
}

async function readCursor(client: pg.PoolClient, query: string): Promise<TextRow[]> {
  await client.query('begin transaction read only');
  try {
    // A line break: the query may end in a comment. The types do not know `queryMode`, which pg has had since 8.13.
    const declaration = { text: `declare voxport_query no scroll cursor for\n${query}\n`, queryMode: 'extended' };
    await client.query(declaration);
    const { rows } = await client.query<TextRow>({
      text: 'fetch all from voxport_query',
      types: { getTypeParser: keepText },
    });
    return rows;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new TerminalFailure('database', `The query failed: ${error.message}. ${hintFor(error.code)}`.trimEnd(), {
      cause: error,
    });
  }
}

function keepText(typeId: number): (text: string) => TextValue {
  return (text) => ({ typeId, text });
}

function hintFor(code: string | undefined): string {
  if (code === '57014') return 'It took longer than a reader may: narrow it, e.g. by started_at.';
  if (code === '42601') return 'voxport query takes one select, values, table or with that only reads.';
  return '';
}

interface Standing {
  readonly name: string;
  readonly isStrong: boolean;
  readonly owns: boolean;
  readonly writes: boolean;
}

async function refuseStronger(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<Standing>(
    `select current_user as name,
            bool_or(r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolbypassrls or r.rolreplication
              or r.rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_write_all_data', 'pg_signal_backend'))
              as "isStrong",
            exists (
              select from pg_namespace n where n.nspname like 'voxport%' and pg_has_role(current_user, n.nspowner, 'member')
            ) as owns,
            exists (
              select from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname like 'voxport%' and c.relkind in ('r', 'p') and (
                has_table_privilege(c.oid, 'insert') or has_table_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete')
                or has_table_privilege(c.oid, 'truncate'))
            ) as writes
     from pg_roles r where pg_has_role(current_user, r.oid, 'member')`,
  );
  const standing = rows[0]!;
  if (!standing.isStrong && !standing.owns && !standing.writes) return;
  const reason = standing.isStrong ? 'is no plain login' : standing.owns ? 'owns the schemas' : 'may write';
  throw new TerminalFailure(
    'database',
    `DATABASE_READER_URL: the login ${standing.name} ${reason}, and a query runs only as one that may read and nothing else. ${makeReader}`,
  );
}

/** How a reader is made, for messages. */
export const makeReader =
  "Make one, as the owner or an administrator: create role voxport_reader login password '…' in role voxport_bi; then set DATABASE_READER_URL to its URL.";
