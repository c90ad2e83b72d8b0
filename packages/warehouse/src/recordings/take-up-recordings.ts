import { sql } from 'kysely';
import type { Priority } from '@voxport/domain';
import type { Executor } from '../executor.ts';

/** A recording whose job is to be enqueued. */
export interface WantedRecording {
  readonly conversationId: string;
  readonly generation: number;
  readonly priority: Priority;
}

/**
 * Takes up wanted recordings whose time has come, those of history last, and notes that they are in the queue. One that
 * has been there for longer than `queuedForMs` is taken up again: its job may have got lost. At most `waitingMax` are
 * in the queue at once, whatever the number that is wanted; a source that is paused gets none.
 */
export async function takeUpRecordings(
  executor: Executor,
  query: { sourceId: string; waitingMax: number; queuedForMs: number },
): Promise<WantedRecording[]> {
  const { sourceId, waitingMax, queuedForMs } = query;
  const { rows } = await sql<WantedRecording>`
    with due as (
      select source_id, conversation_id from voxport.recordings
      where source_id = ${sourceId} and state = 'pending' and next_attempt_at <= now()
        and (queued_at is null or queued_at <= now() - ${queuedForMs} * interval '1 millisecond')
        and (select paused_at from voxport_ops.sources where source_id = ${sourceId}) is null
      order by priority = 'backfill', next_attempt_at
      limit greatest(0, ${waitingMax}::int8 - (
        select count(*) from voxport.recordings
        where source_id = ${sourceId} and queued_at is not null and queued_at > now() - ${queuedForMs} * interval '1 millisecond'))
      for update skip locked
    )
    update voxport.recordings r set queued_at = now()
    from due where r.source_id = due.source_id and r.conversation_id = due.conversation_id
    returning r.conversation_id as "conversationId", r.generation, r.priority
  `.execute(executor);
  return rows;
}
