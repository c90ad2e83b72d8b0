import { sql, type RawBuilder } from 'kysely';
import type { Executor } from '../../executor.ts';

/**
 * A condition on rows of the inventory, under the alias `i`: only runs that are paused want the detail, so it is not
 * asked for.
 */
export const isHeld = sql`(
  i.wanted_run_id = any(array(select run_id from voxport_ops.runs where state = 'paused'))
  and not exists (select 1 from voxport_ops.runs other where other.state = 'running' and other.run_id = any(i.also_wanted_by))
)`;

/** The runs of a source whose jobs are not worked off as they come. */
export interface ControlledRuns {
  readonly paused: readonly number[];
  /** Cancelled by an operator, in the last month: their jobs may still be in the queue. */
  readonly cancelled: readonly number[];
  readonly running: readonly number[];
}

/** A run as the query of the controlled ones gives it. */
export interface ControlledRun {
  readonly runId: number;
  readonly state: string;
}

/** The query of the controlled runs of a source. Cheap: every worker asks once a second. */
export function controlledRunsOf(sourceId: string): RawBuilder<ControlledRun> {
  return sql<ControlledRun>`
    select run_id as "runId", state from voxport_ops.runs where state in ('running', 'paused') and source_id = ${sourceId}
    union all
    select run_id, 'cancelled' from voxport_ops.runs where cancelled_at > now() - interval '30 days' and source_id = ${sourceId}`;
}

/** What the rows of that query say. */
export function toControlledRuns(rows: readonly ControlledRun[]): ControlledRuns {
  const of = (state: string): number[] => rows.filter((row) => row.state === state).map(({ runId }) => runId);
  return { paused: of('paused'), cancelled: of('cancelled'), running: of('running') };
}

/**
 * Whether the detail that a detail request asked for is wanted at present: the detail request has not ended, no newer
 * one has replaced it, and a run that is not paused waits for it.
 */
export async function isDetailWanted(
  executor: Executor,
  request: { sourceId: string; conversationId: string; generation: number },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from voxport_ops.inventory i
    where source_id = ${request.sourceId} and conversation_id = ${request.conversationId} and generation = ${request.generation}
      and state = 'discovered' and not ${isHeld}
  `.execute(executor);
  return rows.length > 0;
}
