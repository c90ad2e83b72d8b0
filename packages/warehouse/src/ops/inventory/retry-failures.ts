import type { WantedDetail } from '@voxport/domain';
import { sql } from 'kysely';
import type { Executor, TransactionalExecutor } from '../../executor.ts';
import { isMeant, type FailureFilter, type FailureStage } from './list-failures.ts';
import { conversationsOfSetUpFailure } from './set-up-failure.ts';
import { wantAgain } from './want-again.ts';
import { reopenWindows, type Window } from '../windows/windows.ts';

/** A batch of failures that are wanted again in Postgres: what must be enqueued before they may count as retried. */
export interface WantedFailures {
  readonly failures: readonly { readonly failureId: number; readonly attempts: number }[];
  readonly wanted: readonly WantedDetail[];
  readonly windows: readonly Window[];
  /** Payloads that the loader takes up once more. */
  readonly payloads: number;
  readonly lastFailureId: number;
}

/** Failures of a listing whose cursor leads nowhere: it has expired, or goes round in circles. */
const lostCursorClasses: ReadonlySet<string> = new Set(['cursor_expired', 'malformed_response']);

interface PickedFailure {
  readonly failureId: number;
  readonly stage: FailureStage;
  readonly conversationId: string | null;
  readonly windowId: number | null;
  readonly errorClass: string;
  readonly payloadId: number | null;
  readonly attempts: number;
}

/**
 * Wants the next failures of a source again that a filter means, by their stage, in one transaction: a window is open
 * again at its checkpoint (from its start when its cursor had expired), a conversation's detail is wanted anew, a
 * payload waits for the loader again. The failures stay open: they are closed by `resolveRetried` when what is wanted
 * has been enqueued. Null when none is left after `afterId`.
 */
export async function wantFailuresAgain(
  database: TransactionalExecutor,
  query: { filter: FailureFilter; sourceId: string; runId: number; afterId: number; limit: number },
): Promise<WantedFailures | null> {
  const { sourceId, runId } = query;
  return database.transaction().execute(async (transaction) => {
    const { rows: picked } = await sql<PickedFailure>`
      select failure_id as "failureId", stage, conversation_id as "conversationId", window_id as "windowId", error_class as "errorClass",
             payload_id as "payloadId", attempts
      from voxport_ops.failures
      -- What a webhook brought is read again by whoever can read webhooks.
      where failure_id > ${query.afterId} and stage <> 'webhook' and ${isMeant({ ...query.filter, sourceId })}
      order by failure_id limit ${query.limit}
    `.execute(transaction);
    const last = picked.at(-1);
    if (last === undefined) return null;

    // A load failure whose payload has been removed since, or is damaged, needs the detail itself.
    const hasPayload = ({ payloadId, errorClass }: PickedFailure): boolean =>
      payloadId !== null && errorClass !== 'damaged_payload';
    const loads = picked.filter((failure) => failure.stage === 'load' && hasPayload(failure));
    const fetches = picked.filter(
      (failure) => failure.stage === 'fetch' || (failure.stage === 'load' && !hasPayload(failure)),
    );
    const payloads = await landAgain(transaction, {
      sourceId,
      runId,
      payloadIds: loads.map(({ payloadId }) => payloadId!),
    });
    const conversationIds = fetches.flatMap(({ conversationId }) => conversationId ?? []);
    for (const { conversationId, errorClass } of fetches) {
      if (conversationId === null)
        conversationIds.push(...(await conversationsOfSetUpFailure(transaction, { sourceId, errorClass })));
    }
    const wanted = await wantAgain(transaction, { sourceId, runId, conversationIds });
    const listings = picked.filter(({ stage }) => stage === 'list');
    const windows = await reopenWindows(transaction, {
      runId,
      windows: listings.flatMap(({ windowId, errorClass }) =>
        windowId === null ? [] : [{ windowId, isCursorLost: lostCursorClasses.has(errorClass) }],
      ),
    });
    return {
      failures: picked.map(({ failureId, attempts }) => ({ failureId, attempts })),
      wanted,
      windows,
      payloads,
      lastFailureId: last.failureId,
    };
  });
}

/**
 * Puts failed payloads back to where the loader takes them up, and their conversations with them, unless a newer detail
 * request is under way.
 */
async function landAgain(
  executor: Executor,
  again: { sourceId: string; runId: number; payloadIds: readonly number[] },
): Promise<number> {
  if (again.payloadIds.length === 0) return 0;
  const { rows } = await sql`
    with landed as (
      update voxport_raw.payloads set state = 'landed', loaded_at = null
      where payload_id = any(${[...again.payloadIds]}::int8[]) and state = 'failed'
      returning conversation_id, generation
    ), locked as materialized (
      select i.source_id, i.conversation_id from voxport_ops.inventory i join landed on landed.conversation_id = i.conversation_id
      where i.source_id = ${again.sourceId} and i.state = 'failed' and i.generation <= landed.generation
      order by i.conversation_id collate "C" for update of i
    ), waiting as (
      update voxport_ops.inventory i
      set state = 'fetched', fetched_at = now(), wanted_run_id = ${again.runId}::int8, seen_run_id = ${again.runId}::int8
      from locked where i.source_id = locked.source_id and i.conversation_id = locked.conversation_id
    )
    select 1 from landed
  `.execute(executor);
  return rows.length;
}

/**
 * Closes failures as retried, once what they want has been enqueued. One that has failed again in the meantime (its
 * attempts have grown) stays open, one that was loaded in the meantime stays recovered. Returns how many are closed.
 */
export async function resolveRetried(
  executor: Executor,
  failures: readonly { readonly failureId: number; readonly attempts: number }[],
): Promise<number> {
  const { rows } = await sql<{ resolved: boolean }>`
    update voxport_ops.failures f
    set retries = retries + 1,
        resolved_at = case when f.resolved_at is null and f.attempts = t.attempts then now() else f.resolved_at end,
        resolution = case when f.resolved_at is null and f.attempts = t.attempts then 'retried' else f.resolution end
    from unnest(
      ${failures.map(({ failureId }) => failureId)}::int8[], ${failures.map(({ attempts }) => attempts)}::int4[]
    ) as t (failure_id, attempts)
    where f.failure_id = t.failure_id
    returning f.resolved_at is not null as resolved
  `.execute(executor);
  return rows.filter(({ resolved }) => resolved).length;
}

/** Closes the open failures that a filter means, for good: nothing is tried again. Returns how many. */
export async function discardFailures(executor: Executor, filter: FailureFilter): Promise<number> {
  const { rows } = await sql`
    update voxport_ops.failures set resolved_at = now(), resolution = 'discarded' where ${isMeant(filter)} returning 1
  `.execute(executor);
  return rows.length;
}
