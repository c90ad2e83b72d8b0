import { sql } from 'kysely';
import type { TransactionalExecutor } from '../executor.ts';
import { storableText } from '../storable-text.ts';

/** One that failed is left alone for so long, unless its conversation is named. */
const retryAfterMs = 60_000;

/** What a pass over the removals did. */
export interface RemovalResult {
  readonly removed: number;
  readonly failed: number;
}

/**
 * Removes the bytes of recordings whose rows were deleted, oldest first, each in a transaction of its own that holds
 * the removal while `remove` runs: what it throws is kept with the removal, which is tried again later. With
 * `conversationId` those of one conversation only, waiting for a process that is at them; a recording that is stored
 * under the same location again is left alone.
 */
export async function removeErasedRecordings(
  database: TransactionalExecutor,
  options: {
    sourceId: string;
    conversationId?: string;
    remove: (location: string) => Promise<void>;
    describe: (error: unknown) => string;
  },
): Promise<RemovalResult> {
  const { sourceId, conversationId, remove, describe } = options;
  let after = 0;
  const done = { removed: 0, failed: 0 };
  for (;;) {
    const step = await database.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ removalId: number; location: string; isUsed: boolean }>`
        select removal_id as "removalId", location, exists (
            select 1 from voxport.recordings r
            where r.source_id = m.source_id and r.conversation_id = m.conversation_id and r.location = m.location) as "isUsed"
        from voxport_ops.recording_removals m
        where source_id = ${sourceId} and removal_id > ${after}
          and (conversation_id = ${conversationId ?? null}::text
               or ${conversationId === undefined} and (tried_at is null or tried_at < now() - ${retryAfterMs} * interval '1 millisecond'))
        order by removal_id limit 1
        for update ${sql.raw(conversationId === undefined ? 'skip locked' : '')}
      `.execute(transaction);
      const removal = rows[0];
      if (removal === undefined) return null;
      try {
        if (!removal.isUsed) await remove(removal.location);
      } catch (error) {
        await sql`
          update voxport_ops.recording_removals set attempts = attempts + 1, tried_at = now(), last_error = ${storableText(describe(error))}
          where removal_id = ${removal.removalId}
        `.execute(transaction);
        return { removalId: removal.removalId, outcome: 'failed' as const };
      }
      await sql`delete from voxport_ops.recording_removals where removal_id = ${removal.removalId}`.execute(
        transaction,
      );
      return { removalId: removal.removalId, outcome: 'removed' as const };
    });
    if (step === null) return done;
    done[step.outcome] += 1;
    after = step.removalId;
  }
}

/** How many removals wait, of one source or of all. */
export async function countRemovals(executor: TransactionalExecutor, sourceId: string | null): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from voxport_ops.recording_removals where ${sourceId}::text is null or source_id = ${sourceId}
  `.execute(executor);
  return rows[0]?.count ?? 0;
}
