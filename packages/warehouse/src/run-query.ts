import { sql } from 'kysely';
import type { Executor } from './executor.ts';

/** Runs a query of a reader's and returns its rows as they come: for showing them, not for programs. */
export async function runQuery(executor: Executor, query: string): Promise<Record<string, unknown>[]> {
  const { rows } = await sql.raw<Record<string, unknown>>(query).execute(executor);
  return rows;
}
