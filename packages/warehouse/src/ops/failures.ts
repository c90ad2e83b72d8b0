import { sql } from 'kysely';
import type { FailureCode } from '@voxport/domain';
import type { Executor } from '../executor.ts';

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

/** Records a dead letter; a failure of the same thing that is still open is brought up to date instead. */
export async function recordFailure(executor: Executor, failure: Failure): Promise<void> {
  // A message may quote what the source sent: Postgres stores no U+0000.
  const message = failure.message.replaceAll('\u0000', '\uFFFD').toWellFormed().slice(0, 4000);
  await sql`
    insert into voxport_ops.failures
      (source_id, stage, conversation_id, window_id, run_id, error_class, message, http_status, attempts, payload_id)
    values (${failure.sourceId}, ${failure.stage}, ${failure.conversationId}, ${failure.windowId}, ${failure.runId}, ${failure.code},
            ${message}, ${failure.status}, ${failure.attempts}, ${failure.payloadId})
    on conflict (source_id, stage, coalesce(conversation_id, ''), coalesce(window_id, 0)) where resolved_at is null
    do update set error_class = excluded.error_class, message = excluded.message, http_status = excluded.http_status,
      attempts = failures.attempts + excluded.attempts, payload_id = excluded.payload_id, run_id = excluded.run_id, last_failed_at = now()
  `.execute(executor);
}

/** Closes the open failures of conversations that have been loaded since. */
export async function resolveRecovered(
  executor: Executor,
  recovered: { sourceId: string; conversationIds: readonly string[] },
): Promise<void> {
  await sql`
    update voxport_ops.failures set resolved_at = now(), resolution = 'recovered'
    where resolved_at is null and source_id = ${recovered.sourceId} and conversation_id = any(${recovered.conversationIds}::text[])
  `.execute(executor);
}
