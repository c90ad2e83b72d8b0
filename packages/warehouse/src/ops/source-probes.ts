import { sql } from 'kysely';
import type { FailureCode } from '@voxport/domain';
import type { Executor } from '../executor.ts';
import { storableText } from '../storable-text.ts';
import { isPending } from './inventory/is-pending.ts';

/** A process that began to ask for the list and said nothing for so long has died. */
const probeMsMax = 60_000;
/** How long until a source that did not answer is asked again: doubled with each time, up to the longest. */
const backoff = { baseMs: 2500, maxMs: 30_000 };

/** How a source last answered for its list, when that was asked to learn whether the source is at fault. */
export interface StoredProbe {
  /** Null: it listed. */
  readonly code: FailureCode | null;
  readonly reason: string | null;
}

/** Who is to ask: the caller, nobody because the last answer is fresh, or another process that is asking already. */
export type ProbeClaim =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'known'; readonly probe: StoredProbe }
  | { readonly kind: 'under_way' };

/**
 * Claims the asking of a source's list for one of all the processes that want to know whether the source answers. An
 * answer counts for `freshForMs`; null: until the back-off after the failures so far is over.
 */
export async function claimProbe(
  executor: Executor,
  query: { sourceId: string; freshForMs: number | null },
): Promise<ProbeClaim> {
  const { sourceId, freshForMs } = query;
  const freshSince = sql`clock_timestamp() - interval '1 millisecond' * coalesce(
    ${freshForMs}::float8, least(${backoff.maxMs}::float8, ${backoff.baseMs}::float8 * 2 ^ least(probe_failures, 10)))`;
  const { rows } = await sql<{ isClaimed: boolean; isFresh: boolean } & StoredProbe>`
    with claimed as (
      update voxport_ops.sources set probe_began_at = clock_timestamp()
      where source_id = ${sourceId} and coalesce(probed_at < ${freshSince}, true)
        and coalesce(probe_began_at <= probed_at or probe_began_at < clock_timestamp() - ${probeMsMax} * interval '1 millisecond', probe_began_at is null)
      returning 1
    )
    select exists (select from claimed) as "isClaimed", coalesce(probed_at >= ${freshSince}, false) as "isFresh",
           probe_class as code, probe_reason as reason
    from voxport_ops.sources where source_id = ${sourceId}
  `.execute(executor);
  const [row] = rows;
  if (row === undefined || row.isClaimed) return { kind: 'claimed' };
  return row.isFresh ? { kind: 'known', probe: { code: row.code, reason: row.reason } } : { kind: 'under_way' };
}

/** Stores how the list was answered, for every process. */
export async function recordProbe(executor: Executor, probe: StoredProbe & { sourceId: string }): Promise<void> {
  const reason = probe.reason === null ? null : storableText(probe.reason);
  await sql`
    update voxport_ops.sources
    set probed_at = clock_timestamp(), probe_class = ${probe.code}, probe_reason = ${reason},
        probe_failures = case when ${probe.code}::text is null then 0 else probe_failures + 1 end
    where source_id = ${probe.sourceId}
  `.execute(executor);
}

/** Gives a claim back that was not carried out. */
export async function releaseProbe(executor: Executor, sourceId: string): Promise<void> {
  await sql`update voxport_ops.sources set probe_began_at = null where source_id = ${sourceId}`.execute(executor);
}

/** Whether an answer of the API has ever been kept as a detail of the source; what webhooks brought does not count. */
export async function hasDetailLanded(executor: Executor, sourceId: string): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    select exists (
      select from voxport_raw.payloads where source_id = ${sourceId} and state in ('landed', 'loaded') and origin <> 'webhook'
    ) as has
  `.execute(executor);
  return rows[0]?.has ?? false;
}

/** Whether a detail is wanted that nobody has asked for in vain yet. */
export async function hasUntriedDetail(executor: Executor, sourceId: string): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    select exists (
      select from voxport_ops.inventory
      where source_id = ${sourceId} and state = 'discovered' and ${isPending()} and attempts = 0
    ) as has
  `.execute(executor);
  return rows[0]?.has ?? false;
}
