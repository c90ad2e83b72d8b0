import { sql } from 'kysely';
import type { FailureCode } from '@voxport/domain';
import type { Executor } from '../../executor.ts';
import { storableText } from '../../storable-text.ts';

/** A dead letter to be recorded. */
export interface Failure {
  readonly sourceId: string;
  readonly stage: 'list' | 'fetch' | 'load';
  readonly conversationId: string | null;
  readonly windowId: number | null;
  readonly runId: number | null;
  readonly code: FailureCode;
  readonly message: string;
  readonly status: number | null;
  readonly attempts: number;
  readonly payloadId: number | null;
}

/**
 * Records a dead letter. A failure of the same thing that is still open is brought up to date instead; one that an
 * operator had retried, and that was not loaded since, is opened again: its attempts continue, so that a retry that did
 * not help is seen.
 */
export async function recordFailure(executor: Executor, failure: Failure): Promise<void> {
  const message = storableText(failure.message);
  await sql`
    with reopened as (
      update voxport_ops.failures f
      set resolved_at = null, resolution = null, error_class = ${failure.code}, message = ${message}, http_status = ${failure.status}::int4,
          attempts = f.attempts + ${failure.attempts}, payload_id = ${failure.payloadId}::int8, run_id = ${failure.runId}::int8, last_failed_at = now()
      where f.failure_id = (
          select max(failure_id) from voxport_ops.failures
          where source_id = ${failure.sourceId} and stage = ${failure.stage}
            and conversation_id is not distinct from ${failure.conversationId}::text
            and window_id is not distinct from ${failure.windowId}::int8
        )
        and f.resolution = 'retried'
        and not exists (
          select 1 from voxport_ops.inventory i
          where i.source_id = f.source_id and i.conversation_id = f.conversation_id
            and i.load_outcome is not null and i.loaded_at > f.resolved_at
        )
      returning 1
    )
    insert into voxport_ops.failures
      (source_id, stage, conversation_id, window_id, run_id, error_class, message, http_status, attempts, payload_id)
    select ${failure.sourceId}, ${failure.stage}, ${failure.conversationId}::text, ${failure.windowId}::int8, ${failure.runId}::int8, ${failure.code},
           ${message}, ${failure.status}::int4, ${failure.attempts}::int4, ${failure.payloadId}::int8
    where not exists (select 1 from reopened)
    on conflict (source_id, stage, coalesce(conversation_id, ''), coalesce(window_id, 0), coalesce(event_id, 0)) where resolved_at is null
    do update set error_class = excluded.error_class, message = excluded.message, http_status = excluded.http_status,
      attempts = failures.attempts + excluded.attempts, payload_id = excluded.payload_id, run_id = excluded.run_id, last_failed_at = now()
  `.execute(executor);
}

/**
 * Closes the open failures of those conversations whose present detail request has ended in a load: an older payload
 * does not fix a newer failure.
 */
export async function resolveRecovered(
  executor: Executor,
  recovered: { sourceId: string; conversationIds: readonly string[] },
): Promise<void> {
  await sql`
    update voxport_ops.failures f set resolved_at = now(), resolution = 'recovered'
    from voxport_ops.inventory i
    where f.resolved_at is null and f.source_id = ${recovered.sourceId} and f.conversation_id = any(${recovered.conversationIds}::text[])
      and i.source_id = f.source_id and i.conversation_id = f.conversation_id and i.state = 'loaded'
  `.execute(executor);
}
