import { sql } from 'kysely';
import type { OpenTransaction } from './executor.ts';

/**
 * Runs statements that may fail without ending the transaction around them: what they did is undone when they throw.
 */
export async function withSavepoint<Result>(transaction: OpenTransaction, run: () => Promise<Result>): Promise<Result> {
  await sql`savepoint attempt`.execute(transaction);
  try {
    const result = await run();
    await sql`release savepoint attempt`.execute(transaction);
    return result;
  } catch (error) {
    await sql`rollback to savepoint attempt`.execute(transaction);
    await sql`release savepoint attempt`.execute(transaction);
    throw error;
  }
}
