import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { isPending } from '../ops/inventory/is-pending.ts';

/** Heartbeats of one source's pipeline, as the database holds them. */
export interface SourceSigns {
  readonly sourceId: string;
  readonly createdAt: Date;
  readonly pausedAt: Date | null;
  readonly pausedClass: string | null;
  readonly pausedReason: string | null;
  readonly watermarkAt: Date | null;
  /** When a sweep last went through the queue. */
  readonly sweptAt: Date | null;
  /** Since when every evaluation of the fetch queue has found jobs that wait. */
  readonly waitingSince: Date | null;
  /** When a worker last took up or ended a job. */
  readonly consumedAt: Date | null;
  /** When a worker last said that it lives. */
  readonly workerSeenAt: Date | null;
  /** Since when the oldest payload has waited for the loader. */
  readonly landedSince: Date | null;
  /** Since when the oldest conversation of the live priority has been wanted and not loaded. */
  readonly oldestLiveRequestAt: Date | null;
}

/** Open dead letters of one stage and class. */
export interface DeadLetterGroup {
  readonly sourceId: string;
  readonly stage: string;
  readonly errorClass: string;
  readonly count: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

/** A certificate with gaps that no later one covers. */
export interface VerifiedGap {
  readonly sourceId: string;
  readonly rangeAfter: Date | null;
  readonly rangeBefore: Date;
  readonly missing: number;
  readonly stale: number;
  readonly extra: number;
  readonly healed: number;
  readonly verifiedAt: Date;
}

/** Something in payloads that was met for the first time lately. */
export interface NewDrift {
  readonly sourceId: string;
  readonly path: string;
  readonly kind: string;
  readonly firstSeenAt: Date;
}

/** What a source's webhook has brought, beside what its calls should have made it bring. */
export interface WebhookSigns {
  readonly sourceId: string;
  readonly lastReceivedAt: Date | null;
  /** Calls that ended since then, and long enough ago for their webhook to have come; counted up to 10,000. */
  readonly callsWithout: number;
  readonly firstEndedAt: Date | null;
}

const day = 86_400_000;
const webhookDelayMs = 10 * 60_000;
/** Calls that took longer are not missed by their webhook. */
const callMs = 2 * 3_600_000;
const callsCountedMax = 10_000;

/** Reads the heartbeats of some sources. */
export async function readSourceSigns(executor: Executor, sourceIds: readonly string[]): Promise<SourceSigns[]> {
  const { rows } = await sql<SourceSigns>`
    select s.source_id as "sourceId", created_at as "createdAt", paused_at as "pausedAt", paused_class as "pausedClass",
           paused_reason as "pausedReason", (select complete_until from voxport_ops.source_coverage covered where covered.source_id = s.source_id) as "watermarkAt", swept_at as "sweptAt",
           waiting_since as "waitingSince", greatest(w.consumed_at, s.consumed_at) as "consumedAt", w.seen_at as "workerSeenAt",
           (select landed_at from voxport_raw.payloads p where p.source_id = s.source_id and p.state = 'landed'
            and p.landed_xact >= voxport_raw.landed_from(s.source_id) order by landed_xact, payload_id limit 1)
             as "landedSince",
           (select min(wanted_at) from voxport_ops.inventory i
            where i.source_id = s.source_id and i.priority = 'live' and ${isPending('i')}) as "oldestLiveRequestAt"
    from voxport_ops.sources s
    left join lateral (
      select max(consumed_at) as consumed_at, max(seen_at) as seen_at from voxport_ops.workers w
      where w.source_id = s.source_id and w.role <> 'lister'
    ) w on true
    where s.source_id = any(${sourceIds}::text[])
    order by 1
  `.execute(executor);
  return rows;
}

/** Groups the open dead letters of some sources. */
export async function readDeadLetters(executor: Executor, sourceIds: readonly string[]): Promise<DeadLetterGroup[]> {
  const { rows } = await sql<DeadLetterGroup>`
    select source_id as "sourceId", stage, error_class as "errorClass", count(*) as count,
           min(first_failed_at) as "firstFailedAt", max(last_failed_at) as "lastFailedAt"
    from voxport_ops.failures where resolved_at is null and source_id = any(${sourceIds}::text[])
    group by 1, 2, 3 order by 1, 2, 3
  `.execute(executor);
  return rows;
}

/**
 * Reads the certificates with gaps that still stand. A later certificate of the same range tells by itself. What was
 * wanted again stands for a day, within which it is verified again or a dead letter; what nobody healed stands for a
 * month. Rows that are only out of date are what a verification that heals is there for.
 */
export async function readVerifiedGaps(
  executor: Executor,
  query: { sourceIds: readonly string[]; now: Date },
): Promise<VerifiedGap[]> {
  const since = (days: number): string => new Date(query.now.getTime() - days * day).toISOString();
  const { rows } = await sql<VerifiedGap>`
    select source_id as "sourceId", range_after as "rangeAfter", range_before as "rangeBefore", missing, stale, extra, healed,
           verified_at as "verifiedAt"
    from voxport_ops.verifications v
    where source_id = any(${query.sourceIds}::text[])
      and verified_at > ${since(30)}::timestamptz
      and case when healed = 0 then missing + stale + extra > 0 else missing > 0 and verified_at > ${since(1)}::timestamptz end
      and not exists (
        select 1 from voxport_ops.verifications later
        where later.source_id = v.source_id and later.verification_id > v.verification_id
          and coalesce(later.range_after, '-infinity') <= coalesce(v.range_after, '-infinity') and later.range_before >= v.range_before
      )
    order by source_id, range_before
  `.execute(executor);
  return rows;
}

/** Reads what was first met in payloads in the last week, and is still being met. */
export async function readNewDrift(
  executor: Executor,
  query: { sourceIds: readonly string[]; now: Date },
): Promise<NewDrift[]> {
  const { rows } = await sql<NewDrift>`
    select source_id as "sourceId", path, kind, min(first_seen_at) as "firstSeenAt"
    from voxport_ops.schema_drift
    where source_id = any(${query.sourceIds}::text[])
      and first_seen_at > ${new Date(query.now.getTime() - 7 * day).toISOString()}::timestamptz
      and last_seen_at > ${new Date(query.now.getTime() - day).toISOString()}::timestamptz
    group by 1, 2, 3 order by 1, 4, 2, 3
  `.execute(executor);
  return rows;
}

/**
 * Reads what webhooks have brought to sources that have one. Calls of the last day count, ten minutes after their end:
 * analysis comes before the webhook. Where none has ever come, only calls that ended after `watchedSince` count: a
 * webhook that was just set up is no silent one.
 */
export async function readWebhookSigns(
  executor: Executor,
  query: { sourceIds: readonly string[]; now: Date; watchedSince: Date },
): Promise<WebhookSigns[]> {
  const { now, sourceIds, watchedSince } = query;
  const before = (ms: number): string => new Date(now.getTime() - ms).toISOString();
  const { rows } = await sql<WebhookSigns>`
    select source_id as "sourceId", e.last as "lastReceivedAt", c.count as "callsWithout", c.first as "firstEndedAt"
    from unnest(${sourceIds}::text[]) as s (source_id)
    left join lateral (select max(received_at) as last from voxport_ops.webhook_events w where w.source_id = s.source_id) e on true
    cross join lateral (select coalesce(e.last, ${watchedSince.toISOString()}::timestamptz) as at) since
    left join lateral (
      select count(*) as count, min(ended_at) as first
      from (
        select ended_at from voxport.conversations c
        -- While webhooks come no call is read at all, and else the first few thousand since the last: the number tells
        -- that it is many.
        where since.at < ${before(webhookDelayMs)}::timestamptz and c.source_id = s.source_id
          and c.started_at > greatest(${before(day)}::timestamptz, since.at) - ${callMs} * interval '1 millisecond'
          and c.ended_at > greatest(${before(day)}::timestamptz, since.at) and c.ended_at < ${before(webhookDelayMs)}::timestamptz
        order by c.started_at limit ${callsCountedMax}
      ) without
    ) c on true
  `.execute(executor);
  return rows;
}
