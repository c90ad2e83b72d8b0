import { TerminalFailure } from '@voxport/domain';

/** What a database says of itself, as far as it decides whether anything can be stored in it. */
export interface DatabaseFitness {
  /** `server_version_num`, e.g. 180004. */
  readonly version: number;
  /** As Postgres names it, e.g. `UTF8`, `LATIN1`, `SQL_ASCII`. */
  readonly encoding: string;
  readonly name: string;
  readonly isReadOnly: boolean;
  readonly isStandby: boolean;
}

/** One row, a `DatabaseFitness`. */
export const fitnessQuery = `
  select current_setting('server_version_num')::int4 as version, pg_encoding_to_char(encoding)::text as encoding, datname::text as name,
         current_setting('transaction_read_only') = 'on' as "isReadOnly", pg_is_in_recovery() as "isStandby"
  from pg_database where datname = current_database()`;

/** The oldest server that the SQL of this project is written for. */
const serverVersionMin = 140_000;

/**
 * Refuses a database in which not everything can be stored, before anything is made in it.
 * @param place the setting and the address, for the sentence, e.g. `DATABASE_URL (postgres://me@host:5432/db)`.
 * @throws TerminalFailure for a server before version 14, and for an encoding other than UTF8.
 */
export function requireFitDatabase({ version, encoding, name }: DatabaseFitness, place: string): void {
  if (version < serverVersionMin) {
    throw new TerminalFailure(
      'database',
      `${place}: the server is PostgreSQL ${Math.floor(version / 10_000)}; Voxport needs version 14 or newer.`,
    );
  }
  if (encoding !== 'UTF8')
    throw new TerminalFailure('database', `${place}: ${unfitEncoding(encoding)} ${remedyOfEncoding(name)}`);
}

/** What is wrong with an encoding. */
export function unfitEncoding(encoding: string): string {
  return `the database stores text in the encoding ${encoding}, which cannot hold every transcript. Voxport needs UTF8.`;
}

/** How a database of the right encoding is made, beside one of another. */
export function remedyOfEncoding(name: string): string {
  return `The encoding of a database cannot be changed. Make another one, and name that in the URL: ${createCommand(`${name}_utf8`)}`;
}

function createCommand(name: string): string {
  const quoted = /^[a-z_][a-z0-9_]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  // From template0: a copy of any other must have the encoding and the locale of that one.
  return `create database ${quoted} encoding 'UTF8' locale 'C.UTF-8' template template0;`;
}

/**
 * Refuses a database that takes no writes.
 * @throws TerminalFailure that says whether it is a standby or set to read-only, and how that is ended.
 */
export function requireWritable({ isReadOnly, isStandby, name }: DatabaseFitness, place: string): void {
  if (!isReadOnly && !isStandby) return;
  throw new TerminalFailure('database', `${place}: ${readOnlyReason(isStandby)}. ${readOnlyRemedy(name, isStandby)}`);
}

/** Why a database takes no writes. */
export function readOnlyReason(isStandby: boolean): string {
  return isStandby
    ? 'the database is read-only: the server is a standby that follows another one'
    : 'the database is read-only: default_transaction_read_only is on for it, for this role or for the server';
}

/** What to do about it. */
export function readOnlyRemedy(name: string, isStandby: boolean): string {
  return isStandby
    ? 'Name the primary server in the URL.'
    : `Find out who has set it, and why; a full disk is often the reason. Then: alter database "${name}" reset default_transaction_read_only; (or the same for the role).`;
}
