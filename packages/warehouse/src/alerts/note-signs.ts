import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** Notes that a sweep of the source went through, by way of the queue. */
export async function noteSwept(executor: Executor, sourceId: string): Promise<void> {
  await sql`update voxport_ops.sources set swept_at = now() where source_id = ${sourceId}`.execute(executor);
}

/** Notes whether jobs wait in the source's fetch queue: kept is since when every evaluation has found some. */
export async function noteWaiting(
  executor: Executor,
  evaluation: { sourceId: string; isWaiting: boolean; now: Date },
): Promise<void> {
  const at = evaluation.isWaiting ? evaluation.now.toISOString() : null;
  await sql`
    update voxport_ops.sources set waiting_since = ${at}::timestamptz
    where source_id = ${evaluation.sourceId} and (waiting_since is null) = ${evaluation.isWaiting}
  `.execute(executor);
}
