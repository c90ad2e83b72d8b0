import { sql, type RawBuilder } from 'kysely';
import type { ListedConversation, Origin, Priority, WantedDetail } from '@voxport/domain';
import type { Executor } from '../../executor.ts';
import { storableText } from '../../storable-text.ts';
import { isHeld } from '../runs/held-runs.ts';
import { insertCountChange } from '../runs/run-counts.ts';
import { isPending } from './is-pending.ts';

/** Whoever wants a detail has enqueued it after so long; should that process have died, the sweep does it. */
const enqueuingMs = 5000;

/** A detail request as the statements return it. */
export interface WantedRow {
  readonly conversationId: string;
  readonly generation: number;
  readonly priority: Priority;
  readonly runId: string | null;
  readonly isRepeat?: boolean;
}

/** A detail request from its row, whatever else stands in the row. */
export function toWanted({ conversationId, generation, priority, runId, isRepeat = false }: WantedRow): WantedDetail {
  const request = { conversationId, generation, priority, runId: runId === null ? null : Number(runId) };
  return isRepeat ? { ...request, isRepeat } : request;
}

/**
 * Enters a listed page into the inventory, before any detail is asked for. The detail is wanted when the conversation
 * is new, when its list row changed, when it had been gone or given up, when a backfill meets an earlier failure, or
 * when the live priority meets a backfill's detail request that still waits. Returns every conversation of the page
 * whose detail is wanted now, earlier detail requests included: to enqueue those again costs nothing, and fixes a job
 * that got lost. Those that another run has just wanted are left to it: enqueued here first, they would be enqueued
 * there once more after they have come, and fetched twice. To a conversation that is up to date nothing is written:
 * that the run has listed it stands in the note of the page, and is counted once a run. A sync that meets what another
 * running sync waits for leaves it to that one, unless a command works on it, which ends when all that it lists is
 * loaded.
 */
export async function discoverConversations(
  executor: Executor,
  page: {
    sourceId: string;
    runId: number;
    /**
     * The window and the index of its page. Null: found by a verification; nothing is noted, and what is not wanted is
     * not counted.
     */
    listedAs: { readonly windowId: number; readonly page: number } | null;
    priority: Priority;
    origin: Origin;
    /** Stands for the call start of a row that has none. */
    startFallback: Date;
    conversations: readonly ListedConversation[];
  },
): Promise<WantedDetail[]> {
  // One row an id, the last one wins.
  const listed = [...new Map(page.conversations.map((row) => [row.conversationId, row])).values()];
  if (listed.length === 0) return [];
  const windowId = page.listedAs?.windowId ?? null;
  const startFallback = sql`${page.startFallback.toISOString()}::timestamptz`;
  const { rows } = await sql<WantedRow & { state: string; isBeingEnqueued: boolean }>`
    with run as materialized (
      select kind = 'sync' and not exists (select from voxport_ops.workers w where w.role = 'command' and w.run_id = r.run_id) as yields
      from voxport_ops.runs r where run_id = ${page.runId}
    ), page as materialized (
      select * from unnest(
        ${listed.map((row) => row.conversationId)}::text[],
        ${listed.map((row) => row.agentId)}::text[],
        ${listed.map((row) => row.startedAt?.toISOString() ?? null)}::timestamptz[],
        ${listed.map((row) => row.status)}::text[],
        ${listed.map((row) => row.fingerprint)}::text[],
        ${listed.map((row) => storableJson(row.row))}::jsonb[]
      ) as t (id, agent_id, started_at, status, fingerprint, listed_row)
    ), known as materialized (
      select id, generation, state, i.priority, wanted_run_id, also_wanted_by, wanted_at, waited,
             list_fingerprint is distinct from fingerprint
               or (i.agent_id, source_status, i.listed_row) is distinct from (page.agent_id, page.status, page.listed_row)
               or i.started_at <> page.started_at
               -- With other filters than it was listed with before: a verification with these is to know that it
               -- belongs to them.
               or (filters.sent <> '{}' and not exists (
                 select from voxport_ops.windows w where w.run_id = i.seen_run_id and voxport_ops.covers(filters.sent, w.filters)))
               or state in ('gone', 'cancelled')
               or (state = 'failed' and ${page.origin} = 'backfill')
               or (state = 'discovered' and ${page.priority} = 'live' and i.priority = 'backfill' and i.origin = 'backfill')
               or (${isPending()} and not waited and not ${isPendingRecheck(sql.ref('i'))} and not ${isLeftToAnotherSync(page.runId, sql.ref('i'))}) as is_written
      from page
      join voxport_ops.inventory i on i.source_id = ${page.sourceId} and i.conversation_id = id,
           (select coalesce((select w.filters from voxport_ops.windows w where w.window_id = ${windowId}::int8), '{}') as sent) filters,
           lateral (select coalesce(wanted_run_id = ${page.runId}, false) or coalesce(${page.runId} = any(also_wanted_by), false) as waited) w
    ), written as (
      insert into voxport_ops.inventory as known
        (source_id, conversation_id, state, agent_id, started_at, source_status, list_fingerprint, listed_row, priority, origin,
         wanted_run_id, wanted_window_id, seen_run_id, seen_at)
      select ${page.sourceId}, id, 'discovered', agent_id, coalesce(started_at, ${startFallback}), status,
             fingerprint, listed_row, ${page.priority}, ${page.origin}, ${page.runId}::int8, ${windowId}::int8, ${page.runId}::int8, now()
      from page
      where not exists (select from known where known.id = page.id and not known.is_written)
      -- By the bytes of the ids, as everywhere where several rows of the inventory are locked: the order must not
      -- depend on the database's collation.
      order by id collate "C"
      on conflict (source_id, conversation_id) do update set
        (state, generation, priority, origin, wanted_run_id, wanted_window_id, wanted_at, fetched_at, attempts, last_error_class, last_error, also_wanted_by) = (
          select 'discovered', known.generation + 1, excluded.priority, excluded.origin, excluded.wanted_run_id, excluded.wanted_window_id,
                 now(), null::timestamptz, 0, null, null,
                 -- Who waited for the detail request before waits for this one.
                 case when ${isPending('known')}
                   then voxport_ops.add_open_run(known.also_wanted_by, known.wanted_run_id, excluded.wanted_run_id) end
          where voxport_ops.is_row_changed(known.list_fingerprint, excluded.list_fingerprint)
             or known.state in ('gone', 'cancelled')
             or (known.state = 'failed' and excluded.origin = 'backfill')
             -- What the history of a sync waits for is not asked for a second time by the sync that looks back.
             or (known.state = 'discovered' and excluded.priority = 'live' and known.priority = 'backfill' and known.origin = 'backfill')
          union all
          select known.state, known.generation, known.priority, known.origin, known.wanted_run_id, known.wanted_window_id,
                 known.wanted_at, known.fetched_at, known.attempts, known.last_error_class, known.last_error,
                 case when not ${isPending('known')} or ${isPendingRecheck(sql.ref('known'))} or ${isLeftToAnotherSync(page.runId, sql.ref('known'))} then known.also_wanted_by
                   else voxport_ops.add_open_run(known.also_wanted_by, excluded.wanted_run_id, known.wanted_run_id) end
          limit 1
        ),
        agent_id = excluded.agent_id, source_status = excluded.source_status,
        started_at = case when excluded.started_at = ${startFallback} then known.started_at else excluded.started_at end,
        list_fingerprint = excluded.list_fingerprint, listed_row = excluded.listed_row,
        seen_run_id = excluded.seen_run_id, seen_at = excluded.seen_at
      returning conversation_id as id, generation, state, priority, wanted_run_id, also_wanted_by, wanted_at
    ), standing as materialized (
      select s.*, ${isPending()}
                  and (coalesce(wanted_run_id = ${page.runId}, false) or coalesce(${page.runId} = any(also_wanted_by), false)) as waits
      from (
        select * from written
        union all
        select id, generation, state, priority, wanted_run_id, also_wanted_by, wanted_at from known where not is_written
      ) s
    )${page.listedAs === null ? sql`` : notePage(page.sourceId, page.runId, page.listedAs, startFallback)}
    select id as "conversationId", generation, priority, wanted_run_id as "runId", state, wanted_at < now() as "isRepeat",
      wanted_at < now() and wanted_at > now() - ${enqueuingMs} * interval '1 millisecond'
        and (select r.state from voxport_ops.runs r where r.run_id = wanted_run_id) = 'running' as "isBeingEnqueued"
    from standing where state = 'discovered' order by id collate "C"
  `.execute(executor);
  return rows.filter((row) => !row.isBeingEnqueued).map(toWanted);
}

/**
 * Whether a row only waits for a recheck of what is loaded: a listing that finds it unchanged does not wait for that.
 */
function isPendingRecheck(row: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`(${row}.state = 'discovered' and ${row}.origin = 'refresh' and ${row}.load_outcome is not null)`;
}

/**
 * Whether a sync leaves a row that waits to another sync that waits for it and is running; `row` names the row, `run`
 * stands in the statement.
 */
function isLeftToAnotherSync(runId: number, row: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`(coalesce((select yields from run), false) and exists (
    select from voxport_ops.runs other
    where other.kind = 'sync' and other.state = 'running' and other.run_id <> ${runId}
      and other.run_id = any(array_append(${row}.also_wanted_by, ${row}.wanted_run_id))
  ))`;
}

/**
 * Notes what a page brought, and counts what the run does not wait for; what it waits for is counted with the
 * inventory's rows. A conversation that an earlier page of the run brought is not counted again: calls that tie at a
 * page's edge come twice, and a listing that begins again brings everything twice.
 */
function notePage(
  sourceId: string,
  runId: number,
  listedAs: { readonly windowId: number; readonly page: number },
  startFallback: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`, earlier as materialized (
      select brought.id, bool_or(was_wanted) as was_wanted, bool_or(had_failed) as had_failed
      from voxport_ops.listed_pages noted,
           lateral (
             select unnest(wanted_ids) as id, true as was_wanted, false as had_failed
             union all select unnest(unchanged_ids), false, false
             union all select unnest(failed_ids), false, true
           ) brought
      where noted.run_id = ${runId}
        and noted.starts && (select tstzrange(min(coalesce(started_at, ${startFallback})), max(coalesce(started_at, ${startFallback})), '[]') from page)
        and brought.id in (select id from page)
      group by brought.id
    ), listed as materialized (
      select s.id, s.state = 'failed' as has_failed,
             -- What the run has waited for, e.g. as a recheck, is counted already.
             s.waits or coalesce(k.waited, false) as is_counted_by_row,
             e.id is not null as is_repeat, coalesce(e.was_wanted, false) as was_wanted, coalesce(e.had_failed, false) as had_failed,
             s.waits and not coalesce(k.waited, false) as joins
      from standing s left join known k using (id) left join earlier e using (id)
    ), noted as (
      insert into voxport_ops.listed_pages (window_id, page, source_id, run_id, starts, wanted_ids, unchanged_ids, failed_ids)
      select ${listedAs.windowId}, ${listedAs.page}, ${sourceId}, ${runId},
             (select tstzrange(min(coalesce(started_at, ${startFallback})), max(coalesce(started_at, ${startFallback})), '[]') from page),
             coalesce(array_agg(id) filter (where is_counted_by_row), '{}'),
             coalesce(array_agg(id) filter (where not is_counted_by_row and not has_failed), '{}'),
             coalesce(array_agg(id) filter (where not is_counted_by_row and has_failed), '{}')
      from listed
      on conflict (window_id, page) do nothing
    ), counted as (
      ${insertCountChange(runId, { listed: sql`unchanged + failed`, unchanged: sql`unchanged`, failed: sql`failed` })}
      from (
        select count(*) filter (where is_new and not has_failed) - count(*) filter (where is_taken_back and not had_failed) as unchanged,
               count(*) filter (where is_new and has_failed) - count(*) filter (where is_taken_back and had_failed) as failed
        from listed, lateral (
          select not is_repeat and not is_counted_by_row as is_new,
                 -- It was up to date on an earlier page, and is wanted by now.
                 is_repeat and not was_wanted and joins as is_taken_back
        ) how
      ) sums
      where unchanged <> 0 or failed <> 0
    )`;
}

/** When the call of a known conversation started, as the list told; null for one that is not known. */
export async function readListedStart(
  executor: Executor,
  query: { sourceId: string; conversationId: string },
): Promise<Date | null> {
  const { rows } = await sql<{ startedAt: Date }>`
    select started_at as "startedAt" from voxport_ops.inventory
    where source_id = ${query.sourceId} and conversation_id = ${query.conversationId}
  `.execute(executor);
  return rows[0]?.startedAt ?? null;
}

/** The list row of a conversation as JSON text, and how old it is, where it carries the transcript; else null. */
export async function readListedTranscript(
  executor: Executor,
  query: { sourceId: string; conversationId: string },
): Promise<{ row: string; ageMs: number } | null> {
  const { rows } = await sql<{ row: string; ageMs: number }>`
    select listed_row::text as row, extract(epoch from clock_timestamp() - coalesce(seen_at, wanted_at))::float8 * 1000 as "ageMs"
    from voxport_ops.inventory
    where source_id = ${query.sourceId} and conversation_id = ${query.conversationId} and jsonb_typeof(listed_row->'transcript') = 'array'
  `.execute(executor);
  return rows[0] ?? null;
}

/** Where a walk through the wanted details stands. */
export interface WantedPosition {
  readonly conversationId: string;
}

/** A part of such a walk; `position` says where the next one begins, and is null when the walk is over. */
export interface WantedStretch {
  readonly wanted: WantedDetail[];
  readonly position: WantedPosition | null;
}

/** The stretch that at most `limit` rows make, which are in the order of their ids. */
export function toStretch(rows: readonly WantedRow[], limit: number): WantedStretch {
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    wanted: rows.map(toWanted),
    position: last === undefined ? null : { conversationId: last.conversationId },
  };
}

/**
 * Rows that a stretch reads at most beside a paused run: where that wants a million details, most of them are passed
 * over.
 */
const stretchRowsMax = 5000;

/**
 * A stretch of the details that have been wanted for longer than the given time, in the order of the pending index:
 * their jobs may have got lost. Those that only paused runs want are left out. It reads a few thousand rows at most, so
 * it may bring fewer than `limit`, or none, and not be the last.
 */
export async function overdueDetails(
  executor: Executor,
  query: { sourceId: string; wantedForMs: number; after: WantedPosition | null; limit: number },
): Promise<WantedStretch> {
  const { rows } = await sql<
    { readRows: number; rowsMax: number; lastRead: string | null } & { [Key in keyof WantedRow]: WantedRow[Key] | null }
  >`
    with bound as materialized (
      select case when exists (select from voxport_ops.runs where source_id = ${query.sourceId} and state = 'paused')
                  then greatest(${query.limit}::int8, ${stretchRowsMax}) else ${query.limit}::int8 end as rows_max
    ), i as materialized (
      select conversation_id, generation, priority, wanted_run_id, also_wanted_by, wanted_at from voxport_ops.inventory
      where source_id = ${query.sourceId} and state = 'discovered' and ${isPending()}
        and conversation_id > ${query.after?.conversationId ?? ''}
      order by conversation_id limit (select rows_max from bound)
    ), wanted as (
      select conversation_id, generation, priority, wanted_run_id from i
      where not ${isHeld} and wanted_at <= now() - ${query.wantedForMs} * interval '1 millisecond'
      order by conversation_id limit ${query.limit}
    )
    select conversation_id as "conversationId", generation, priority, wanted_run_id as "runId", true as "isRepeat",
           read.count as "readRows", rows_max as "rowsMax", read.last as "lastRead"
    from bound cross join (select count(*) as count, max(conversation_id) as last from i) read left join wanted on true
    order by conversation_id
  `.execute(executor);
  const wanted = rows.filter((row): row is typeof row & WantedRow => row.conversationId !== null);
  const { readRows, rowsMax, lastRead } = rows[0]!;
  const stretch = toStretch(wanted, query.limit);
  if (stretch.position !== null || readRows < rowsMax || lastRead === null) return stretch;
  return { ...stretch, position: { conversationId: lastRead } };
}

/**
 * Wants conversations again that have counted as fetched for longer than the given time although no payload of theirs
 * waits for the loader any more (it was removed, or put back from a backup without it): nothing would ever end them.
 * Returns the detail requests.
 */
export async function wantStranded(
  executor: Executor,
  query: { sourceId: string; fetchedForMs: number; limit: number },
): Promise<WantedDetail[]> {
  const { rows } = await sql<WantedRow>`
    with stranded as (
      select source_id, conversation_id from voxport_ops.inventory i
      where source_id = ${query.sourceId} and state = 'fetched'
        and conversation_id = any((
          -- Those that have waited longest: the loader takes payloads in the order in which they landed, so what
          -- nothing will end comes to stand first.
          select array(
            select conversation_id from voxport_ops.inventory
            where source_id = ${query.sourceId} and state = 'fetched' and fetched_at <= now() - ${query.fetchedForMs} * interval '1 millisecond'
            order by fetched_at limit ${query.limit}
          ))::text[])
        and not exists (
          select 1 from voxport_raw.payloads p
          where p.source_id = i.source_id and p.conversation_id = i.conversation_id and p.state = 'landed'
        )
      order by conversation_id collate "C" for update skip locked
    )
    update voxport_ops.inventory i
    set state = 'discovered', generation = generation + 1, wanted_at = now(), fetched_at = null, attempts = 0
    from stranded where i.source_id = stranded.source_id and i.conversation_id = stranded.conversation_id
    returning i.conversation_id as "conversationId", i.generation, i.priority, i.wanted_run_id as "runId"
  `.execute(executor);
  return rows.map(toWanted);
}

/** Details that a page wanted when it was saved and that have not come yet. */
export async function wantedOfPage(
  executor: Executor,
  query: { sourceId: string; windowId: number; page: number },
): Promise<WantedDetail[]> {
  const { rows } = await sql<WantedRow>`
    select i.conversation_id as "conversationId", generation, priority, wanted_run_id as "runId", true as "isRepeat"
    from voxport_ops.listed_pages p, unnest(wanted_ids) as id
    join voxport_ops.inventory i on i.source_id = ${query.sourceId} and i.conversation_id = id
    where p.window_id = ${query.windowId} and p.page = ${query.page} and i.state = 'discovered'
  `.execute(executor);
  return rows.map(toWanted);
}

/**
 * Wants the details again whose recheck is due, the longest due first; returns them. On behalf of a run only those that
 * were due when it started: a call that is polled every half minute would keep it from ending. A source that is paused
 * gets none. `waitingMax` bounds how many rechecks wait at once, whatever the number that is due: the queue stays
 * small.
 */
export async function wantDueChecks(
  executor: Executor,
  query: { sourceId: string; runId: number | null; waitingMax: number },
): Promise<WantedDetail[]> {
  const { sourceId, runId, waitingMax } = query;
  const { rows } = await sql<WantedRow>`
    with due as (
      select source_id, conversation_id from voxport_ops.inventory
      where source_id = ${sourceId} and state in ('loaded', 'fetched', 'cancelled')
        and next_check_at <= coalesce((select started_at from voxport_ops.runs where run_id = ${runId}::int8), now())
        and (select paused_at from voxport_ops.sources where source_id = ${sourceId}) is null
      order by next_check_at
      limit greatest(0, ${waitingMax}::int8 - (
        select count(*) from (
          select 1 from voxport_ops.inventory i
          where source_id = ${sourceId} and state = 'discovered' and priority = 'refresh' and not ${isHeld} limit ${waitingMax}::int8
        ) rechecks))
      for update skip locked
    )
    update voxport_ops.inventory i
    set state = 'discovered', generation = generation + 1, priority = 'refresh', origin = 'refresh', wanted_at = now(), fetched_at = null,
        wanted_run_id = ${runId}::int8, also_wanted_by = null, attempts = 0, next_check_at = null, checks = checks + 1
    from due where i.source_id = due.source_id and i.conversation_id = due.conversation_id
    returning i.conversation_id as "conversationId", i.generation, i.priority, i.wanted_run_id as "runId"
  `.execute(executor);
  return rows.map(toWanted);
}

/** Keeps count of a failed attempt at a detail, for the operators to see. */
export async function noteAttempt(
  executor: Executor,
  attempt: {
    sourceId: string;
    conversationId: string;
    generation: number;
    code: string;
    message: string;
    attempts: number;
  },
): Promise<void> {
  await sql`
    update voxport_ops.inventory
    set attempts = ${attempt.attempts}, last_error_class = ${attempt.code}, last_error = ${storableText(attempt.message)}
    where source_id = ${attempt.sourceId} and conversation_id = ${attempt.conversationId} and generation = ${attempt.generation}
  `.execute(executor);
}

/** A recheck that could not be done is tried again a day later, unless there have been so many rechecks already. */
const failingChecksMax = 100;

/**
 * Ends a detail request without a payload: the conversation is `gone` (404), or `failed` with its reason in the
 * failures. Of a recheck that could not be done the conversation stays `loaded`, and is looked at again a day later. A
 * newer detail request is left alone.
 */
export async function endDetailRequest(
  executor: Executor,
  request: {
    sourceId: string;
    conversationId: string;
    generation: number;
    state: 'gone' | 'failed';
    lastAttempt?: { attempts: number; code: string; message: string };
  },
): Promise<boolean> {
  const { lastAttempt } = request;
  const isFailedRecheck = sql`(${request.state} = 'failed' and origin = 'refresh' and load_outcome is not null)`;
  const { rows } = await sql`
    update voxport_ops.inventory
    set state = case when ${isFailedRecheck} then 'loaded' else ${request.state} end,
        load_outcome = case when ${isFailedRecheck} then 'recheck_failed' else load_outcome end,
        next_check_at = case when ${isFailedRecheck} and checks < ${failingChecksMax} then now() + interval '1 day' end,
        attempts = coalesce(${lastAttempt?.attempts ?? null}::int4, attempts),
        last_error_class = coalesce(${lastAttempt?.code ?? null}::text, last_error_class),
        last_error = coalesce(${lastAttempt ? storableText(lastAttempt.message) : null}::text, last_error)
    where source_id = ${request.sourceId} and conversation_id = ${request.conversationId} and generation = ${request.generation}
    returning 1
  `.execute(executor);
  return rows.length > 0;
}

/** JSON that jsonb takes: it refuses U+0000 and lone surrogates, which a vendor's title may hold. */
function storableJson(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(row, (_key, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\u0000', '\uFFFD').toWellFormed() : value,
  );
}
