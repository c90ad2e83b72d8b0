import { sql } from 'kysely';
import { runningStatuses } from '@voxport/domain';
import type { Executor } from '../executor.ts';

/**
 * The conversations whose recording is worth asking for: the call is over, the source still has it, and does not say
 * that it has no audio. Some proxies say nothing of it; those are asked.
 */
const isWorthAsking = sql`
  c.has_audio is distinct from false and c.deleted_at is null
  and (c.status is null or regexp_replace(lower(btrim(c.status)), '[_[:space:]]+', '-', 'g') <> all(${[...runningStatuses]}::text[]))
`;

/**
 * Wants the recordings of conversations that have just been loaded, in the transaction that loads them. One that is
 * stored, absent or wanted already is wanted again only when the conversation's audio flags have changed. Returns how
 * many are wanted anew.
 */
export async function wantRecordings(
  transaction: Executor,
  loaded: { sourceId: string; conversationIds: readonly string[] },
): Promise<number> {
  const { rows } = await sql`
    insert into voxport.recordings as known
      (source_id, conversation_id, priority, wanted_run_id, has_user_audio, has_response_audio, next_attempt_at)
    select c.source_id, c.conversation_id, coalesce(i.priority, 'live'), i.wanted_run_id, c.has_user_audio, c.has_response_audio, now()
    from voxport.conversations c
    left join voxport_ops.inventory i using (source_id, conversation_id)
    where c.source_id = ${loaded.sourceId} and c.conversation_id = any(${[...loaded.conversationIds]}::text[]) and ${isWorthAsking}
    order by c.conversation_id collate "C"
    on conflict (source_id, conversation_id) do update set
      state = 'pending', generation = known.generation + 1, priority = excluded.priority, wanted_run_id = excluded.wanted_run_id, wanted_at = now(),
      has_user_audio = excluded.has_user_audio, has_response_audio = excluded.has_response_audio,
      attempts = 0, tried_at = null, next_attempt_at = now(), queued_at = null, last_error_class = null, last_error = null
    where (known.has_user_audio, known.has_response_audio) is distinct from (excluded.has_user_audio, excluded.has_response_audio)
    returning 1
  `.execute(transaction);
  return rows.length;
}

/** Listed pages taken at once. */
const pagesTaken = 100;

/**
 * Wants the recordings of all conversations that a run has listed since it was last asked, and that have none: those
 * that were loaded before audio was switched on. Those that are wanted already become the run's, which then waits for
 * them. `again` wants those too that were given up, as absent or failed. Returns how many.
 */
export async function wantRecordingsOfRun(
  executor: Executor,
  run: { sourceId: string; runId: number; again: boolean },
): Promise<number> {
  for (let count = 0; ;) {
    const taken = await wantRecordingsOfPages(executor, run);
    count += taken.wanted;
    if (taken.pages < pagesTaken) return count;
  }
}

async function wantRecordingsOfPages(
  executor: Executor,
  run: { sourceId: string; runId: number; again: boolean },
): Promise<{ pages: number; wanted: number }> {
  const { rows } = await sql<{ pages: number; wanted: number }>`
    with pages as materialized (
      update voxport_ops.listed_pages p set recordings_wanted = true
      from (
        select window_id, page from voxport_ops.listed_pages
        where run_id = ${run.runId} and not recordings_wanted limit ${pagesTaken} for update skip locked
      ) taken
      where p.window_id = taken.window_id and p.page = taken.page
      returning wanted_ids || unchanged_ids || failed_ids as ids
    ), listed as materialized (
      select distinct unnest(ids) as conversation_id from pages
    ), wanted as (
      insert into voxport.recordings as known
        (source_id, conversation_id, priority, wanted_run_id, has_user_audio, has_response_audio, next_attempt_at)
      select c.source_id, c.conversation_id, case when r.kind = 'backfill' then 'backfill' else 'live' end, r.run_id,
             c.has_user_audio, c.has_response_audio, now()
      from voxport_ops.runs r, listed
      join voxport.conversations c on c.source_id = ${run.sourceId} and c.conversation_id = listed.conversation_id
      left join voxport.recordings stored on stored.source_id = c.source_id and stored.conversation_id = c.conversation_id
      where r.run_id = ${run.runId} and ${isWorthAsking}
        and (stored.state is null or (${run.again}::boolean and stored.state in ('absent', 'failed') and stored.wanted_at < r.started_at))
      order by c.conversation_id collate "C"
      on conflict (source_id, conversation_id) do update set
        state = 'pending', generation = known.generation + 1, priority = excluded.priority, wanted_run_id = excluded.wanted_run_id, wanted_at = now(),
        attempts = 0, tried_at = null, next_attempt_at = now(), queued_at = null, last_error_class = null, last_error = null
      where ${run.again}::boolean and known.state in ('absent', 'failed')
      returning 1
    ), adopted as (
      update voxport.recordings r set wanted_run_id = ${run.runId}
      from listed
      where r.source_id = ${run.sourceId} and r.conversation_id = listed.conversation_id and r.state = 'pending'
        and r.wanted_run_id is distinct from ${run.runId} and (r.next_attempt_at <= now() or ${run.again}::boolean)
    )
    select (select count(*) from pages) as pages, (select count(*) from wanted) as wanted
  `.execute(executor);
  return rows[0]!;
}

/**
 * Makes the recordings of a source that are due anyway the given run's: late ones, and what an interrupted run has
 * left. Those of history that were never tried are left to the backfill that wants them.
 */
export async function adoptDueRecordings(executor: Executor, run: { sourceId: string; runId: number }): Promise<void> {
  await sql`
    update voxport.recordings set wanted_run_id = ${run.runId}
    where source_id = ${run.sourceId} and state = 'pending' and next_attempt_at <= now() and (priority <> 'backfill' or attempts > 0)
      and wanted_run_id is distinct from ${run.runId}
  `.execute(executor);
}

/**
 * Deletes the recordings of conversations whose audio the source has removed, where its deletions are mirrored; the
 * bytes follow by way of the removals. Returns how many.
 */
export async function dropRemovedRecordings(
  transaction: Executor,
  loaded: { sourceId: string; conversationIds: readonly string[] },
): Promise<number> {
  const { rows } = await sql`
    delete from voxport.recordings r using voxport.conversations c
    where c.source_id = ${loaded.sourceId} and c.conversation_id = any(${[...loaded.conversationIds]}::text[]) and c.has_audio = false
      and r.source_id = c.source_id and r.conversation_id = c.conversation_id
    returning 1
  `.execute(transaction);
  return rows.length;
}
