import { databaseErrorCode } from '@voxport/postgres';
import { isRetryableDatabaseError } from './load/database-errors.ts';
import { LostConnection } from '@voxport/postgres';

const again = 'run the command again and it continues where it stopped.';

/**
 * What a database refused to do, and what a person does about it, by SQLSTATE. Nothing is promised that does not come
 * by itself.
 */
const problems: Readonly<Record<string, string>> = {
  '25006':
    'the database takes no writes: it is read-only, or its server has become a standby. Find out why (voxport doctor tells which), end that or name the primary server in DATABASE_URL; then ' +
    again,
  '53100': `the disk of the database is full. Make room on it (docs/operations.md tells what may go); then ${again}`,
  '53200': `the server of the database is out of memory. Give it more, or lower its work_mem and max_connections; then ${again}`,
  '53300': `the server of the database has no connection left. Raise its max_connections, or close other clients; then ${again}`,
  '55P03': `something else holds a lock on Voxport's tables for too long. End it (select * from pg_stat_activity); then ${again}`,
  '57014': `the database ended a statement that took too long, or somebody cancelled it. If it happens again, look at what else the server does; then ${again}`,
  '57P04': 'the database has been dropped while it was in use. Restore it, or name another one in DATABASE_URL.',
  '42501': "the role of DATABASE_URL lacks a right on Voxport's tables. voxport doctor names it; then " + again,
  '28P01': 'the database refuses the password of DATABASE_URL. Correct it; then ' + again,
  '3D000': 'the database that DATABASE_URL names is not there any more. Restore it, or name another one.',
};

/**
 * What an error of the database means for a person, and what to do; null where it is none, or a bug of ours. Told by
 * the code, never by the words; of several errors together (one while another was being cleaned up) the first that is
 * known counts.
 */
export function databaseProblem(error: unknown): string | null {
  if (error instanceof SuppressedError) return databaseProblem(error.suppressed) ?? databaseProblem(error.error);
  if (error instanceof AggregateError) {
    for (const one of error.errors) {
      const problem = databaseProblem(one);
      if (problem !== null) return problem;
    }
  }
  const code = databaseErrorCode(error);
  const known = code === null ? undefined : problems[code];
  if (known !== undefined) return `${known} (${code})`;
  if (!isRetryableDatabaseError(error)) return null;
  // What kept a connection from being had stands in pg's words only: encryption that the server does not speak, say.
  const reason = error instanceof LostConnection && code === '08001' ? `${code}: ${error.message}` : code;
  return `the connection to the database was lost (${reason}). See that its server runs and can be reached; then ${again}`;
}
