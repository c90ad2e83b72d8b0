import { sql, type RawBuilder } from 'kysely';
import type { Executor } from '../../executor.ts';

/**
 * For how long a source's history of the pipeline itself is kept, in seconds; what has not ended is kept whatever its
 * age.
 */
export interface HistoryAges {
  /** Runs that have ended, with their windows. */
  readonly runsSecs: number;
  readonly verificationsSecs: number;
  readonly webhookEventsSecs: number;
  /** Failures that are no longer open. */
  readonly failuresSecs: number;
}

/** How much was removed. */
export interface PrunedHistory {
  readonly runs: number;
  readonly verifications: number;
  readonly webhookEvents: number;
  readonly failures: number;
}

/** Rows removed of each kind by one statement: it is short, and what is left waits for the next. */
const batchMax = 1000;

/**
 * Removes what the pipeline has noted of its own past work on a source and is older than it is to be kept. A run keeps
 * its numbers in its own row until then; one whose windows have open failures stays, because a retry continues them. At
 * most a thousand of each kind: to be called again while it removes as many.
 */
export async function pruneHistory(
  executor: Executor,
  query: { sourceId: string; ages: HistoryAges },
): Promise<PrunedHistory> {
  const { sourceId, ages } = query;
  const before = (secs: number): RawBuilder<unknown> => sql`now() - ${secs}::float8 * interval '1 second'`;
  const removed = async (table: string, key: string, isOld: RawBuilder<unknown>): Promise<number> => {
    const { numAffectedRows } = await sql`
      delete from ${sql.table(table)} where ${sql.ref(key)} = any(array(
        select ${sql.ref(key)} from ${sql.table(table)} old where old.source_id = ${sourceId} and ${isOld} order by ${sql.ref(key)} limit ${batchMax}
      ))
    `.execute(executor);
    return Number(numAffectedRows ?? 0n);
  };
  return {
    runs: await removed(
      'voxport_ops.runs',
      'run_id',
      sql`old.finished_at < ${before(ages.runsSecs)} and old.state not in ('running', 'paused') and not exists (
        select from voxport_ops.windows w join voxport_ops.failures f on f.window_id = w.window_id
        where w.run_id = old.run_id and f.source_id = old.source_id and f.resolved_at is null)`,
    ),
    verifications: await removed(
      'voxport_ops.verifications',
      'verification_id',
      sql`old.verified_at < ${before(ages.verificationsSecs)}`,
    ),
    webhookEvents: await removed(
      'voxport_ops.webhook_events',
      'event_id',
      sql`old.received_at < ${before(ages.webhookEventsSecs)}`,
    ),
    failures: await removed('voxport_ops.failures', 'failure_id', sql`old.resolved_at < ${before(ages.failuresSecs)}`),
  };
}
