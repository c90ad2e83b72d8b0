import { sql } from 'kysely';
import type { Executor, TransactionalExecutor } from '../../executor.ts';
import { hasDetailLanded } from '../source-probes.ts';
import { recordFailure, type Failure } from './failures.ts';
import { isPending } from './is-pending.ts';

/**
 * From so many listed conversations on whose detail answers 404, and none that was ever had, the others are not asked
 * for any more.
 */
const enoughMissing = 10;
/** Conversations a statement. */
const stretchSize = 20_000;

/**
 * Records that a conversation that the list shows has no detail. As long as the source has never given one, that is a
 * failure of the source's set-up: one record for all of them, and when there are enough, what still waits ends in it
 * too, without a request. False where the source has given details: then it is a failure of that conversation, and
 * nothing is recorded here.
 */
export async function recordSetUpFailure(
  transaction: Executor,
  failure: Failure & { conversationId: string },
): Promise<boolean> {
  const { sourceId } = failure;
  if (failure.code !== 'detail_missing' || (await hasDetailLanded(transaction, sourceId))) return false;
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select 1 from voxport_ops.inventory
      where source_id = ${sourceId} and state = 'failed' and last_error_class = 'detail_missing' limit ${enoughMissing}
    ) missing
  `.execute(transaction);
  if ((rows[0]?.count ?? 0) >= enoughMissing) {
    await sql`
      with waiting as materialized (
        select conversation_id from voxport_ops.inventory
        where source_id = ${sourceId} and state = 'discovered' and ${isPending()}
        order by conversation_id collate "C" limit ${stretchSize} for update skip locked
      )
      update voxport_ops.inventory i
      set state = 'failed', next_check_at = null, last_error_class = 'detail_missing', last_error = 'not asked for: no detail of this source could be had'
      from waiting where i.source_id = ${sourceId} and i.conversation_id = waiting.conversation_id
    `.execute(transaction);
  }
  await recordFailure(transaction, {
    ...failure,
    conversationId: null,
    message: `Source "${sourceId}": its list shows conversations, but each of their details that was asked for answers 404, so none could be exported. Check the source's base_url and dialect, and whether a proxy passes the address of single conversations on; then run voxport failures retry --source ${sourceId} --class detail_missing. Where the list itself carries the conversations, set detail: never.`,
  });
  return true;
}

/**
 * Divides a failure of the set-up that was recorded while the first detail landed: whoever recorded it did not see that
 * yet, and the process that landed it had found nothing to divide. For the sweep.
 */
export async function divideLateSetUpFailure(database: TransactionalExecutor, sourceId: string): Promise<void> {
  const { rows } = await sql`
    select 1 from voxport_ops.failures
    where source_id = ${sourceId} and stage = 'fetch' and conversation_id is null and window_id is null and resolved_at is null limit 1
  `.execute(database);
  if (rows.length > 0 && (await hasDetailLanded(database, sourceId))) await divideSetUpFailure(database, sourceId);
}

/** A source has given a detail: what was recorded as a failure of its set-up becomes one of each conversation. */
export async function divideSetUpFailure(database: TransactionalExecutor, sourceId: string): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await sql`
      with divided as (
        update voxport_ops.failures set resolved_at = now(), resolution = 'divided'
        where source_id = ${sourceId} and stage = 'fetch' and conversation_id is null and window_id is null and resolved_at is null
        returning error_class, http_status, run_id
      )
      insert into voxport_ops.failures (source_id, stage, conversation_id, run_id, error_class, message, http_status, attempts)
      select ${sourceId}, 'fetch', i.conversation_id, d.run_id, d.error_class, coalesce(i.last_error, ''), d.http_status, greatest(1, i.attempts)
      from divided d join voxport_ops.inventory i on i.source_id = ${sourceId} and i.state = 'failed' and i.last_error_class = d.error_class
      on conflict (source_id, stage, coalesce(conversation_id, ''), coalesce(window_id, 0), coalesce(event_id, 0)) where resolved_at is null do nothing
    `.execute(transaction);
  });
}

/** The conversations that a failure of the source's set-up stands for. */
export async function conversationsOfSetUpFailure(
  executor: Executor,
  failure: { sourceId: string; errorClass: string },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select conversation_id as id from voxport_ops.inventory
    where source_id = ${failure.sourceId} and state = 'failed' and last_error_class = ${failure.errorClass}
  `.execute(executor);
  return rows.map(({ id }) => id);
}
