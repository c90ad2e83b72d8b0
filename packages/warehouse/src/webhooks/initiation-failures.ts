import { sql } from 'kysely';
import { recordOf, TerminalFailure } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { parseJson, toStorable, writeJson } from '@voxport/mapping';
import { compareInLockOrder } from '../lock-order.ts';

/** A row of `voxport.initiation_failures`. */
export interface InitiationFailure {
  readonly sourceId: string;
  readonly conversationId: string;
  readonly agentId: string | null;
  readonly failureReason: string | null;
  readonly provider: string | null;
  /** ISO 8601. */
  readonly occurredAt: string | null;
  /** JSON text. */
  readonly details: string | null;
}

/**
 * Maps the event `call_initiation_failure` to its row: pure, tolerant of whatever is wrong with a field.
 * Throws a TerminalFailure (`unusable_payload`) where the body is no object with `data`.
 */
export function mapInitiationFailure(input: {
  sourceId: string;
  conversationId: string;
  body: Uint8Array;
}): InitiationFailure {
  const { sourceId, conversationId, body } = input;
  const envelope = recordOf(parsed(body));
  const data = recordOf(envelope?.['data']);
  if (data === null) {
    throw new TerminalFailure('unusable_payload', `The event of ${conversationId} has no data.`, { body });
  }
  const metadata = recordOf(data['metadata']);
  const details = metadata?.['body'];
  const secs = Number(envelope?.['event_timestamp']);
  return {
    sourceId,
    conversationId,
    agentId: textOf(data['agent_id']),
    failureReason: textOf(data['failure_reason']),
    provider: textOf(metadata?.['type']),
    occurredAt: secs > 0 && secs < 1e11 ? new Date(secs * 1000).toISOString() : null,
    details: details === undefined || details === null ? null : writeJson(details, { redactsHeaders: true }).text,
  };
}

/** Writes rows; of two events of one call the later one counts, in whatever order they are loaded. */
export async function upsertInitiationFailures(
  transaction: Executor,
  failures: readonly InitiationFailure[],
): Promise<void> {
  // In one order in every loader, so that two never wait for each other; the later event of a call last.
  const sorted = failures.toSorted((a, b) => {
    const order = compareInLockOrder(a.conversationId, b.conversationId);
    return order === 0 ? compareInLockOrder(a.occurredAt ?? '', b.occurredAt ?? '') : order;
  });
  for (const failure of sorted) {
    await sql`
      insert into voxport.initiation_failures as known
        (source_id, conversation_id, agent_id, failure_reason, provider, occurred_at, details)
      values (${failure.sourceId}, ${failure.conversationId}, ${failure.agentId}, ${failure.failureReason}, ${failure.provider},
              ${failure.occurredAt}::timestamptz, ${failure.details}::jsonb)
      on conflict (source_id, conversation_id) do update set
        agent_id = excluded.agent_id, failure_reason = excluded.failure_reason, provider = excluded.provider,
        occurred_at = excluded.occurred_at, details = excluded.details
      where coalesce(excluded.occurred_at, '-infinity') >= coalesce(known.occurred_at, '-infinity')
    `.execute(transaction);
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder().decode(body)).value;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? toStorable(value) : null;
}
