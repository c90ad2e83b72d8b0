import { sql } from 'kysely';
import { TerminalFailure } from '@voxport/domain';
import type { Executor, TransactionalExecutor } from './executor.ts';
import { databaseErrorCode } from './database-failure.ts';

/** Runs a query of a reader's and returns its rows as they come: for showing them, not for programs. */
export async function runQuery(executor: Executor, query: string): Promise<Record<string, unknown>[]> {
  const { rows } = await sql.raw<Record<string, unknown>>(query).execute(executor);
  return rows;
}

/**
 * Runs a person's query in a transaction that can only read.
 * Throws a TerminalFailure with the server's own sentence when it is wrong, or would write.
 */
export async function runReadOnly(database: TransactionalExecutor, query: string): Promise<Record<string, unknown>[]> {
  try {
    return await database
      .transaction()
      .setAccessMode('read only')
      .execute((transaction) => runQuery(transaction, query));
  } catch (error) {
    if (databaseErrorCode(error) === null || !(error instanceof Error)) throw error;
    throw new TerminalFailure('database', `The query failed: ${error.message}.`, { cause: error });
  }
}
