import type { ListedConversation, ListFilters, TimeRange } from '@voxport/domain';
import type { Certificate, ListingComparison, WantedDetail } from '@voxport/warehouse';
import type { ListedRange } from './list-range.ts';

/** Conversations wanted again in one transaction. */
const healBatchMax = 1000;

/** A verified window: its certificate, and which conversations it is about. */
export interface VerifiedWindow {
  readonly certificate: Certificate;
  readonly gaps: Pick<ListingComparison, 'missing' | 'stale' | 'extra'>;
}

export interface VerifyWindowDependencies {
  readonly sourceId: string;
  readonly filters: ListFilters;
  readonly databaseNow: () => Promise<Date>;
  readonly listRange: (range: TimeRange, signal: AbortSignal) => Promise<ListedRange>;
  readonly compareListing: (
    range: TimeRange,
    listedSince: Date,
    conversations: readonly ListedConversation[],
  ) => Promise<ListingComparison>;
  readonly wantListed: (
    runId: number,
    range: TimeRange,
    conversations: readonly ListedConversation[],
    extra: readonly string[],
  ) => Promise<readonly WantedDetail[]>;
  readonly enqueueConversations: (wanted: readonly WantedDetail[]) => Promise<void>;
  readonly recordVerification: (certificate: Certificate) => Promise<void>;
}

/** How a window's gaps are healed: on behalf of a run, which is started when the first gap is found. */
export interface Healing {
  readonly runId: () => Promise<number>;
  /** Conversations that are no longer listed, asked for at most: a list that is wrongly empty must not set off thousands of requests. */
  readonly extraMax: number;
}

/** Makes the verification of one window: listed again, compared with the tables, healed if it is to be, and certified. */
export function makeVerifyWindow(dependencies: VerifyWindowDependencies) {
  const { sourceId, filters, databaseNow, listRange, compareListing, wantListed } = dependencies;
  const { enqueueConversations, recordVerification } = dependencies;

  return async function verifyWindow(
    range: TimeRange,
    healing: Healing | null,
    signal: AbortSignal,
  ): Promise<VerifiedWindow> {
    const listedSince = await databaseNow();
    const { conversations, requests } = await listRange(range, signal);
    const comparison = await compareListing(range, listedSince, [...conversations.values()]);
    const healed = healing === null ? 0 : await heal(range, conversations, comparison, healing);
    const certificate: Certificate = {
      sourceId,
      range,
      filters,
      listed: conversations.size,
      present: comparison.present,
      pending: comparison.pending,
      missing: comparison.missing.length,
      stale: comparison.stale.length,
      extra: comparison.extra.length,
      healed,
      requests,
    };
    await recordVerification(certificate);
    return { certificate, gaps: comparison };
  };

  async function heal(
    range: TimeRange,
    conversations: ReadonlyMap<string, ListedConversation>,
    { missing, stale, extra }: ListingComparison,
    { runId, extraMax }: Healing,
  ): Promise<number> {
    const requests = [
      ...[...missing, ...stale].map((id) => ({ listed: conversations.get(id) ?? null, id })),
      ...extra.slice(0, extraMax).map((id) => ({ listed: null, id })),
    ];
    for (let start = 0; start < requests.length; start += healBatchMax) {
      const batch = requests.slice(start, start + healBatchMax);
      const wanted = await wantListed(
        await runId(),
        range,
        batch.flatMap(({ listed }) => listed ?? []),
        batch.flatMap(({ listed, id }) => (listed === null ? [id] : [])),
      );
      await enqueueConversations(wanted);
    }
    return requests.length;
  }
}
