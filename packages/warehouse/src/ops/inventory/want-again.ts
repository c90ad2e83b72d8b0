import type { WantedDetail } from '@voxport/domain';
import { sql } from 'kysely';
import type { Executor } from '../../executor.ts';
import { toWanted, type WantedRow } from './inventory.ts';
import { isPending } from './is-pending.ts';

/**
 * Wants the details of known conversations again, on behalf of a run: a new generation of the detail request where the
 * last one has ended, the detail request as it stands where one waits already. A payload that has landed and waits for
 * the loader needs no new detail request. Returns the detail requests to enqueue.
 */
export async function wantAgain(
  executor: Executor,
  request: { sourceId: string; runId: number; conversationIds: readonly string[] },
): Promise<WantedDetail[]> {
  const { rows } = await sql<WantedRow & { state: string }>`
    with known as materialized (
      select source_id, conversation_id from voxport_ops.inventory
      where source_id = ${request.sourceId} and conversation_id = any(${[...request.conversationIds]}::text[])
      order by conversation_id collate "C" for update
    )
    update voxport_ops.inventory i
    set generation = generation + case when ${isPending()} then 0 else 1 end,
        wanted_at = case when ${isPending()} then wanted_at else now() end,
        fetched_at = case when state = 'fetched' then fetched_at end,
        attempts = case when ${isPending()} then attempts else 0 end,
        priority = case when ${isPending()} and priority = 'live' then 'live' else 'refresh' end,
        next_check_at = null, wanted_run_id = ${request.runId}::int8,
        also_wanted_by = case when ${isPending()} then voxport_ops.add_open_run(also_wanted_by, wanted_run_id, ${request.runId}::int8) end,
        seen_run_id = ${request.runId}::int8,
        state = case when state = 'fetched' then 'fetched' else 'discovered' end
    from known where i.source_id = known.source_id and i.conversation_id = known.conversation_id
    returning i.conversation_id as "conversationId", i.generation, i.priority, i.wanted_run_id as "runId", i.state
  `.execute(executor);
  return rows.filter((row) => row.state === 'discovered').map(toWanted);
}
