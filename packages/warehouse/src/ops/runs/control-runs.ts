import { sql } from 'kysely';
import type { Executor, OpenTransaction, TransactionalExecutor } from '../../executor.ts';
import { toStretch, type WantedPosition, type WantedRow, type WantedStretch } from '../inventory/inventory.ts';
import { dropRunCounts, setEndCounts } from './run-counts.ts';
import { countRun, type RunCounts, type RunKind } from './runs.ts';
import { isPending } from '../inventory/is-pending.ts';

/** What became of an operator's detail request about a run. */
export type Controlled =
  /** `at` is the database's time after which nobody can have read the former state. */
  | { readonly kind: 'controlled'; readonly at: Date }
  /** It was so already. */
  | { readonly kind: 'already' }
  /** The run has ended; its state says how. */
  | { readonly kind: 'ended'; readonly state: string }
  | { readonly kind: 'unknown' };

/**
 * Pauses a run: none of its pages is listed and none of its details fetched any more, what is under way ends. What
 * another run that is not paused wants is fetched all the same. Its jobs may stay in the queue: the workers settle them
 * without a request.
 */
export async function pauseRun(executor: Executor, runId: number): Promise<Controlled> {
  const { rows } = await sql<{ at: Date }>`
    update voxport_ops.runs set state = 'paused', paused_at = now() where run_id = ${runId} and state = 'running'
    returning clock_timestamp() as at
  `.execute(executor);
  return rows[0] === undefined ? whyNot(executor, runId, 'paused') : controlled(executor);
}

/**
 * Lets a paused run continue where it stopped. The sweep of a running fleet enqueues its windows and details within
 * seconds; who wants them at once enqueues `openWindowsOfRun` and `wantedOfRun` as well.
 */
export async function resumeRun(executor: Executor, runId: number): Promise<Controlled> {
  const { rows } = await sql`
    update voxport_ops.runs
    set state = 'running', resumed_at = now(), paused_at = null,
        paused_ms = paused_ms + extract(epoch from now() - paused_at) * 1000
    where run_id = ${runId} and state = 'paused'
    returning 1
  `.execute(executor);
  return rows.length === 0 ? whyNot(executor, runId, 'running') : controlled(executor);
}

/**
 * Ends a run for good, in one transaction. Its open windows are cancelled: what they have not listed is not covered,
 * and as far as it is wanted the next sync lists it. Details that only this run wanted are no longer wanted: whoever
 * lists them next wants them again. Those that another run waits for become that run's. What is loaded stays, and so do
 * failures; those that a retry had closed, and that were not tried again yet, are open again.
 */
export async function cancelRun(
  database: TransactionalExecutor,
  runId: number,
): Promise<Controlled & { counts?: RunCounts }> {
  return database.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ kind: RunKind }>`
      -- Not for update: a window that is being divided refers to the run with its parts, and would deadlock with the
      -- wait for that window below.
      select kind from voxport_ops.runs where run_id = ${runId} and state in ('running', 'paused') for no key update
    `.execute(transaction);
    const kind = rows[0]?.kind;
    if (kind === undefined) return whyNot(transaction, runId, 'cancelled');
    await endWindows(transaction, runId, kind);
    await cancelDetailRequests(transaction, runId, kind);
    const counts = await countRun(transaction, runId);
    await sql`
      update voxport_ops.runs
      set state = 'cancelled', cancelled_at = now(), finished_at = now(), paused_at = null,
          paused_ms = paused_ms + coalesce(extract(epoch from now() - paused_at) * 1000, 0),
          windows = ${counts.windows}, pages = ${counts.pages}, ${setEndCounts(counts)}
      where run_id = ${runId}
    `.execute(transaction);
    await dropRunCounts(transaction, runId);
    return { ...(await controlled(transaction)), counts };
  });
}

/** The windows that a retry has opened again are failures once more: nothing else covers their range. */
async function endWindows(transaction: OpenTransaction, runId: number, kind: RunKind): Promise<void> {
  const state = kind === 'retry' ? 'failed' : 'cancelled';
  // A window that is being divided is waited for here, is found to be listed, and has added its parts meanwhile, which
  // only the next statement sees: so again until that sees none.
  while (await hasOpenWindows(transaction, runId)) {
    const { rows } = await sql<{ windowId: number }>`
      update voxport_ops.windows set state = ${state}, updated_at = now() where run_id = ${runId} and state = 'open'
      returning window_id as "windowId"
    `.execute(transaction);
    if (kind === 'retry') await reopenFailures(transaction, { windowIds: rows.map(({ windowId }) => windowId) });
  }
}

async function hasOpenWindows(transaction: OpenTransaction, runId: number): Promise<boolean> {
  const { rows } = await sql`
    select 1 from voxport_ops.windows where run_id = ${runId} and state = 'open' limit 1
  `.execute(transaction);
  return rows.length > 0;
}

/**
 * Gives up what the run had listed and not fetched, unless another run wants it. The syncs list it again, as they do
 * with windows that are cancelled: nobody else would ever ask for it.
 */
async function cancelDetailRequests(transaction: OpenTransaction, runId: number, kind: RunKind): Promise<void> {
  const { rows } = await sql<{ sourceId: string; conversationId: string; state: string }>`
    with locked as materialized (
      select source_id, conversation_id from voxport_ops.inventory
      where source_id = (select source_id from voxport_ops.runs where run_id = ${runId})
        and ${isPending()} and (wanted_run_id = ${runId} or (also_wanted_by is not null and also_wanted_by @> array[${runId}]::int8[]))
      order by conversation_id collate "C" for update
    ), heirs as (
      select locked.*, (
        select min(r.run_id) from voxport_ops.runs r
        where r.run_id = any(i.also_wanted_by) and r.run_id <> ${runId} and r.state in ('running', 'paused')
      ) as heir
      from locked join voxport_ops.inventory i using (source_id, conversation_id)
    ), ended as (
    update voxport_ops.inventory i
    set wanted_run_id = case when wanted_run_id = ${runId} and state = 'discovered' then coalesce(heir, wanted_run_id) else wanted_run_id end,
        -- What has landed stays as it is: those that wait for it beside the run continue to wait.
        also_wanted_by = case when wanted_run_id = ${runId} and state = 'fetched' then also_wanted_by
                              else voxport_ops.add_run(also_wanted_by, null, case when wanted_run_id = ${runId} then heir else ${runId}::int8 end) end,
        state = case when wanted_run_id is distinct from ${runId} or heir is not null or state = 'fetched' then state
                     when ${kind} = 'retry' then 'failed' else 'cancelled' end,
        -- A recheck that was due is due again: the run only took it up.
        next_check_at = case when wanted_run_id = ${runId} and heir is null and state = 'discovered' and ${kind} = 'sync' and origin = 'refresh'
                             then now() else next_check_at end
    from heirs where i.source_id = heirs.source_id and i.conversation_id = heirs.conversation_id
    returning i.source_id, i.conversation_id, i.state, i.started_at, i.origin
    ), given_up as (
      -- With the hour that follows each: a backlog makes one range and not one a call.
      select range_agg(tstzrange(date_trunc('second', started_at), date_trunc('second', started_at) + interval '1 hour')) as range
      from ended where state = 'cancelled' and not (${kind} = 'sync' and origin = 'refresh')
    ), taken_back as (
      update voxport_ops.coverage c set settled = c.settled - given_up.range, updated_at = now()
      from given_up
      where c.source_id = (select source_id from voxport_ops.runs where run_id = ${runId}) and c.settled && given_up.range
    )
    select source_id as "sourceId", conversation_id as "conversationId", state from ended
  `.execute(transaction);
  if (kind !== 'retry') return;
  const failed = rows.filter(({ state }) => state === 'failed');
  for (const sourceId of new Set(failed.map((row) => row.sourceId))) {
    const conversationIds = failed.filter((row) => row.sourceId === sourceId).map((row) => row.conversationId);
    await reopenFailures(transaction, { sourceId, conversationIds });
  }
}

/** Opens again what a retry had closed and did not fix: the newest failure of each, unless one is open. */
async function reopenFailures(
  transaction: OpenTransaction,
  of: { windowIds: readonly number[] } | { sourceId: string; conversationIds: readonly string[] },
): Promise<void> {
  const isMeant =
    'windowIds' in of
      ? sql`window_id = any(${[...of.windowIds]}::int8[])`
      : sql`source_id = ${of.sourceId} and conversation_id = any(${[...of.conversationIds]}::text[])`;
  await sql`
    update voxport_ops.failures f set resolved_at = null, resolution = null
    from (
      select distinct on (source_id, stage, conversation_id, window_id) failure_id, resolution from voxport_ops.failures
      where ${isMeant} order by source_id, stage, conversation_id, window_id, failure_id desc
    ) newest
    where f.failure_id = newest.failure_id and newest.resolution = 'retried'
  `.execute(transaction);
}

async function controlled(executor: Executor): Promise<Extract<Controlled, { kind: 'controlled' }>> {
  const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(executor);
  return { kind: 'controlled', at: rows[0]!.at };
}

async function whyNot(executor: Executor, runId: number, asked: string): Promise<Controlled> {
  const { rows } = await sql<{ state: string }>`
    select state from voxport_ops.runs where run_id = ${runId}
  `.execute(executor);
  const state = rows[0]?.state;
  if (state === undefined) return { kind: 'unknown' };
  return state === asked ? { kind: 'already' } : { kind: 'ended', state };
}

/** A stretch of the details of a source that a run waits for, by id. */
export async function wantedOfRun(
  executor: Executor,
  query: { sourceId: string; runId: number; after: WantedPosition | null; limit: number },
): Promise<WantedStretch> {
  const { rows } = await sql<WantedRow>`
    select conversation_id as "conversationId", generation, priority, wanted_run_id as "runId", true as "isRepeat"
    from (
      (select * from voxport_ops.inventory
       where source_id = ${query.sourceId} and state = 'discovered' and ${isPending()}
         and wanted_run_id = ${query.runId} and conversation_id > ${query.after?.conversationId ?? ''}
       order by conversation_id limit ${query.limit})
      union all
      (select * from voxport_ops.inventory
       where source_id = ${query.sourceId} and state = 'discovered' and ${isPending()} and wanted_run_id is distinct from ${query.runId}
         and also_wanted_by is not null and also_wanted_by @> array[${query.runId}]::int8[] and conversation_id > ${query.after?.conversationId ?? ''}
       order by conversation_id limit ${query.limit})
    ) wanted
    order by conversation_id limit ${query.limit}
  `.execute(executor);
  return toStretch(rows, query.limit);
}

/** The running runs of a source that were resumed a moment ago: their jobs were dropped while they were paused. */
export async function runsJustResumed(
  executor: Executor,
  query: { sourceId: string; withinMs: number },
): Promise<number[]> {
  const { rows } = await sql<{ runId: number }>`
    select run_id as "runId" from voxport_ops.runs
    where state = 'running' and source_id = ${query.sourceId} and resumed_at > now() - ${query.withinMs} * interval '1 millisecond'
    order by run_id
  `.execute(executor);
  return rows.map((row) => row.runId);
}
