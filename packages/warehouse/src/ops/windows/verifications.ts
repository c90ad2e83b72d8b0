import { sql } from 'kysely';
import type { ListedConversation, ListFilters, TimeRange, WantedDetail } from '@voxport/domain';
import type { Executor, TransactionalExecutor } from '../../executor.ts';
import { discoverConversations } from '../inventory/inventory.ts';
import { inventoryDays } from '../inventory/inventory-counts.ts';
import { wantAgain } from '../inventory/want-again.ts';
import { isPending } from '../inventory/is-pending.ts';

/** What a listed page says about the tables. Conversations that an earlier page of the listing brought are left out. */
export interface PageComparison {
  readonly listed: number;
  readonly present: number;
  /** Known and under way: not in the tables as listed yet, and wanted. */
  readonly pending: number;
  readonly missing: readonly string[];
  readonly stale: readonly string[];
}

/** Conversations in the tables, not marked as deleted, that a listing has not brought. */
export interface ExtraConversations {
  readonly count: number;
  /** Some of them. */
  readonly ids: readonly string[];
}

/** A window that was listed again and compared: one row of `voxport_ops.verifications`. */
export interface Certificate {
  readonly sourceId: string;
  readonly range: TimeRange;
  readonly filters: ListFilters;
  readonly listed: number;
  readonly present: number;
  readonly pending: number;
  readonly missing: number;
  readonly stale: number;
  readonly extra: number;
  readonly healed: number;
  readonly requests: number;
}

/** The database's clock. */
export async function databaseNow(executor: Executor): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(executor);
  return rows[0]!.now;
}

/**
 * Compares a page of what a source lists for a range with the inventory and the tables, and notes what it brought under
 * the number of the listing. A page at a time, so that no process holds a whole range.
 */
export async function compareListedPage(
  executor: Executor,
  page: {
    sourceId: string;
    listingId: string;
    conversations: readonly Pick<ListedConversation, 'conversationId' | 'fingerprint'>[];
  },
): Promise<PageComparison> {
  const { sourceId, listingId, conversations } = page;
  const { rows } = await sql<{ id: string; verdict: 'present' | 'pending' | 'missing' | 'stale' | null }>`
    with page as materialized (
      select distinct on (id) * from unnest(
        ${conversations.map(({ conversationId }) => conversationId)}::text[], ${conversations.map(({ fingerprint }) => fingerprint)}::text[]
      ) with ordinality as t (id, fingerprint, position) order by id, position desc
    ), noted as (
      insert into voxport_ops.verified_ids (listing_id, conversation_id)
      select ${listingId}::uuid, id from page order by id collate "C"
      on conflict (listing_id, conversation_id) do nothing returning conversation_id
    )
    select id, case
        -- What was erased on request is not missed.
        when voxport_ops.is_erased(${sourceId}, id) then null
        -- A recheck at what is in the tables already changes nothing about their being up to date with the list.
        when ${isPending('i')} and (c.conversation_id is null or i.priority <> 'refresh') then 'pending'
        when c.conversation_id is null then 'missing'
        when i.conversation_id is null or voxport_ops.is_row_changed(i.list_fingerprint, fingerprint) or i.state in ('failed', 'cancelled') or (i.state = 'loaded' and i.load_outcome = 'recheck_failed') or c.deleted_at is not null then 'stale'
        else 'present' end as verdict
    from noted
    join page on page.id = noted.conversation_id
    left join voxport_ops.inventory i on i.source_id = ${sourceId} and i.conversation_id = id
    left join voxport.conversations c on c.source_id = ${sourceId} and c.conversation_id = id
  `.execute(executor);
  const of = (verdict: string): string[] => rows.filter((row) => row.verdict === verdict).map(({ id }) => id);
  return {
    listed: rows.length,
    present: of('present').length,
    pending: of('pending').length,
    missing: of('missing'),
    stale: of('stale'),
  };
}

/**
 * Finds what the tables hold of a range and a listing of it has not brought. What was found only after `listedSince` is
 * no extra: it may have come while the pages were read. Nor is what was last listed with other filters, which may be
 * outside of these.
 */
export async function findExtras(
  executor: Executor,
  listing: {
    sourceId: string;
    listingId: string;
    range: TimeRange;
    /** The list filters that were sent. */
    filters: ListFilters;
    listedSince: Date;
    /** How many of them are named at most; null for all. */
    idsMax: number | null;
  },
): Promise<ExtraConversations> {
  const { sourceId, range } = listing;
  const filters = JSON.stringify(listing.filters);
  const { rows } = await sql<ExtraConversations>`
    with extra as materialized (
      select i.conversation_id as id
      from voxport_ops.inventory i join voxport.conversations c on c.source_id = i.source_id and c.conversation_id = i.conversation_id
      where i.source_id = ${sourceId} and c.deleted_at is null and i.state <> 'gone'
        and i.started_at >= coalesce(${range.after?.toISOString() ?? null}::timestamptz, '-infinity') and i.started_at < ${range.before.toISOString()}::timestamptz
        and i.discovered_at < ${listing.listedSince.toISOString()}::timestamptz
        and coalesce(i.seen_at < ${listing.listedSince.toISOString()}::timestamptz, true)
        and not exists (
          select from voxport_ops.verified_ids v where v.listing_id = ${listing.listingId}::uuid and v.conversation_id = i.conversation_id
        )
        -- Listed by another since then, as it is.
        and not exists (
          select from voxport_ops.listed_pages p
          where p.source_id = i.source_id and p.listed_at >= ${listing.listedSince.toISOString()}::timestamptz and p.starts @> i.started_at
            and i.conversation_id = any(p.unchanged_ids || p.failed_ids || p.wanted_ids)
        )
        -- What was listed with fewer filters than these may be outside of them: that it is not listed now says nothing.
        and (${filters}::jsonb = '{}' or exists (
          select 1 from voxport_ops.windows w where w.run_id = i.seen_run_id and voxport_ops.covers(${filters}::jsonb, w.filters)))
    )
    select (select count(*) from extra) as count, coalesce((select array_agg(id) from (select id from extra order by id limit ${listing.idsMax}::int8) few), '{}') as ids
  `.execute(executor);
  return rows[0]!;
}

/** Removes what a listing has noted, and what listings of processes that died have left. */
export async function forgetListing(executor: Executor, listingId: string): Promise<void> {
  await sql`
    delete from voxport_ops.verified_ids where listing_id = ${listingId}::uuid or listed_at < now() - interval '1 day'
  `.execute(executor);
}

/**
 * Wants again what a comparison found, on behalf of a run, in one transaction: listed conversations are entered as
 * listed, and their details wanted anew; those that are no longer listed are asked for too, and end as gone if the
 * source says so. Returns the detail requests to enqueue.
 */
export async function wantListed(
  database: TransactionalExecutor,
  request: {
    sourceId: string;
    runId: number;
    range: TimeRange;
    conversations: readonly ListedConversation[];
    extra: readonly string[];
  },
): Promise<WantedDetail[]> {
  const { sourceId, runId, range, conversations, extra } = request;
  return database.transaction().execute(async (transaction) => {
    await discoverConversations(transaction, {
      sourceId,
      runId,
      listedAs: null,
      priority: 'refresh',
      origin: 'refresh',
      startFallback: range.before,
      conversations,
    });
    const conversationIds = [...conversations.map(({ conversationId }) => conversationId), ...extra];
    return wantAgain(transaction, { sourceId, runId, conversationIds });
  });
}

/** Writes a certificate. */
export async function recordVerification(executor: Executor, certificate: Certificate): Promise<void> {
  const { range } = certificate;
  await sql`
    insert into voxport_ops.verifications
      (source_id, range_after, range_before, filters, listed, present, pending, missing, stale, extra, healed, requests)
    values (${certificate.sourceId}, ${range.after?.toISOString() ?? null}, ${range.before.toISOString()}, ${JSON.stringify(certificate.filters)}::jsonb,
            ${certificate.listed}, ${certificate.present}, ${certificate.pending}, ${certificate.missing}, ${certificate.stale},
            ${certificate.extra}, ${certificate.healed}, ${certificate.requests})
  `.execute(executor);
}

/** What verification has done for a source in the last day. */
export interface VerificationBudget {
  readonly requests: number;
  /** Windows verified that end at or before the given time. */
  readonly pastWindows: number;
  readonly lastVerifiedAt: Date | null;
}

/** Reads what verification has done for a source in the last day; `pastBefore` tells the past from the recent. */
export async function readVerificationBudget(
  executor: Executor,
  query: { sourceId: string; pastBefore: Date },
): Promise<VerificationBudget> {
  const { rows } = await sql<VerificationBudget>`
    select coalesce(sum(requests), 0) as requests,
           count(*) filter (where range_before <= ${query.pastBefore.toISOString()}::timestamptz) as "pastWindows",
           max(verified_at) as "lastVerifiedAt"
    from voxport_ops.verifications where source_id = ${query.sourceId} and verified_at > now() - interval '1 day'
  `.execute(executor);
  return rows[0]!;
}

/**
 * Days (UTC) of a source's past that were verified longest ago, or never; `before` is the first moment that is not
 * past.
 */
export async function leastVerifiedDays(
  executor: Executor,
  query: { sourceId: string; before: Date; limit: number },
): Promise<TimeRange[]> {
  const { rows } = await sql<{ after: Date; before: Date }>`
    select day as after, day + interval '1 day' as before
    from generate_series(
      (select date_trunc('day', min(started_at), 'UTC') from voxport_ops.inventory where source_id = ${query.sourceId}),
      ${query.before.toISOString()}::timestamptz - interval '1 day', interval '1 day'
    ) as day
    left join lateral (
      select max(verified_at) as verified_at from voxport_ops.verifications v
      where v.source_id = ${query.sourceId} and coalesce(v.range_after <= day, true) and v.range_before >= day + interval '1 day'
    ) last on true
    order by last.verified_at nulls first, random() limit ${query.limit}
  `.execute(executor);
  return rows;
}

/**
 * About how many conversations of a range are known: what listing it will cost. From the counts of its days (UTC); of a
 * day that it covers in part, as large a part.
 */
export async function countKnown(executor: Executor, query: { sourceId: string; range: TimeRange }): Promise<number> {
  const after = sql`coalesce(${query.range.after?.toISOString() ?? null}::timestamptz, '-infinity')`;
  const before = sql`${query.range.before.toISOString()}::timestamptz`;
  const days = sql`day >= (${after} at time zone 'UTC')::date and day <= (${before} at time zone 'UTC')::date`;
  const { rows } = await sql<{ count: number }>`
    select coalesce(ceil(sum((discovered + fetched + loaded + failed + gone + cancelled) * share)), 0)::int8 as count
    from (${inventoryDays(query.sourceId, days)}) days,
         lateral (select day::timestamp at time zone 'UTC' as start) d,
         lateral (
           select extract(epoch from least(${before}, start + interval '24 hours') - greatest(${after}, start))::float8 / 86400 as share
         ) covered
    where share > 0
  `.execute(executor);
  return rows[0]?.count ?? 0;
}
