import { TransientFailure } from '@voxport/domain';
import { databaseErrorCode } from '@voxport/postgres';

/**
 * SQLSTATE classes of an error in the rows themselves: data exception, integrity constraint violation, program limit (a
 * key too long to index, JSON nested too deep).
 */
const dataClasses: ReadonlySet<string> = new Set(['22', '23', '54']);

/**
 * SQLSTATE classes that pass by themselves: connection exception, transaction rollback (deadlock, serialization),
 * insufficient resources, operator intervention.
 */
const passingClasses: ReadonlySet<string> = new Set(['08', '40', '53', '57']);

/**
 * Single codes that pass: a lock not had in time, a session ended while idle in its transaction, a server that is a
 * standby since a failover.
 */
const passingCodes: ReadonlySet<string> = new Set(['55P03', '25P03', '25006']);

const connectionCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const sqlState = /^[0-9A-Z]{5}$/u;

/** Whether Postgres refused a statement for what its rows hold: another batch may pass, the same one never will. */
export function isDataError(error: unknown): boolean {
  const code = databaseErrorCode(error);
  return code !== null && sqlState.test(code) && dataClasses.has(code.slice(0, 2));
}

/**
 * Whether the same transaction may succeed when it is tried again: a deadlock, a lost connection, a server that
 * restarts. Told by the code: SQLSTATE, Node's, or that of a LostConnection.
 */
export function isRetryableDatabaseError(error: unknown): boolean {
  const code = databaseErrorCode(error);
  if (code === null) return false;
  return (
    connectionCodes.has(code) || passingCodes.has(code) || (sqlState.test(code) && passingClasses.has(code.slice(0, 2)))
  );
}

/**
 * Makes a function that says of a database that is away for the moment what it is: a TransientFailure (`database`).
 * Every other error passes as it is.
 */
export function withDatabaseFailures<Args extends readonly unknown[], Result>(
  run: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return await run(...args);
    } catch (error) {
      if (!isRetryableDatabaseError(error)) throw error;
      throw new TransientFailure('database', error instanceof Error ? error.message : String(error), { cause: error });
    }
  };
}
