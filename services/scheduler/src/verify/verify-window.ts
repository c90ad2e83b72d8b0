import { randomUUID } from 'node:crypto';
import type { ConversationPage, ListedConversation, ListFilters, TimeRange } from '@voxport/domain';
import type { Producer } from '@voxport/jobs';
import type { Certificate, SourceStore } from '@voxport/warehouse';

/** Conversations that a result names at most, of each kind of gap. */
const idsMax = 1000;

/** Conversations wanted again in one transaction. */
const healBatchMax = 1000;

/** A verified window: its certificate, and which conversations it is about, a thousand of each kind at most. */
export interface VerifiedWindow {
  readonly certificate: Certificate;
  readonly gaps: {
    readonly missing: readonly string[];
    readonly stale: readonly string[];
    readonly extra: readonly string[];
  };
}

export interface VerifyWindowDependencies
  extends
    Pick<
      SourceStore,
      'databaseNow' | 'compareListedPage' | 'findExtras' | 'forgetListing' | 'wantListed' | 'recordVerification'
    >,
    Pick<Producer, 'enqueueConversations'> {
  readonly sourceId: string;
  readonly filters: ListFilters;
  /** Lists the range page by page; resolves with the number of requests. */
  readonly walkRange: (
    range: TimeRange,
    onPage: (page: ConversationPage) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<number>;
}

/** How a window's gaps are healed: on behalf of a run, which is started when the first gap is found. */
export interface Healing {
  readonly runId: () => Promise<number>;
  /**
   * Conversations that are no longer listed, asked for at most: a list that is wrongly empty must not set off thousands
   * of requests.
   */
  readonly extraMax: number;
}

/**
 * Makes the verification of one window: listed again, compared with the tables page by page, healed if it is to be, and
 * certified. What the process holds does not grow with the window.
 */
export function makeVerifyWindow(dependencies: VerifyWindowDependencies) {
  const { sourceId, filters, databaseNow, walkRange, compareListedPage, findExtras, forgetListing } = dependencies;
  const { wantListed, enqueueConversations, recordVerification } = dependencies;

  return async function verifyWindow(
    range: TimeRange,
    healing: Healing | null,
    signal: AbortSignal,
  ): Promise<VerifiedWindow> {
    const listingId = randomUUID();
    const listedSince = await databaseNow();
    const sums = { listed: 0, present: 0, pending: 0, missing: 0, stale: 0, healed: 0 };
    const missing: string[] = [];
    const stale: string[] = [];
    async function want(conversations: readonly ListedConversation[], extraIds: readonly string[]): Promise<void> {
      if (healing === null || conversations.length + extraIds.length === 0) return;
      const runId = await healing.runId();
      await enqueueConversations(await wantListed({ runId, range, conversations, extra: extraIds }));
      sums.healed += conversations.length + extraIds.length;
    }
    try {
      const onPage = async ({ conversations }: ConversationPage): Promise<void> => {
        const compared = await compareListedPage({ listingId, conversations });
        sums.listed += compared.listed;
        sums.present += compared.present;
        sums.pending += compared.pending;
        sums.missing += compared.missing.length;
        sums.stale += compared.stale.length;
        missing.push(...compared.missing.slice(0, idsMax - missing.length));
        stale.push(...compared.stale.slice(0, idsMax - stale.length));
        const gaps = new Set([...compared.missing, ...compared.stale]);
        await want(
          conversations.filter(({ conversationId }) => gaps.has(conversationId)),
          [],
        );
      };
      const requests = await walkRange(range, onPage, signal);
      const extraMax = healing?.extraMax ?? 0;
      const named = extraMax === Number.POSITIVE_INFINITY ? null : Math.max(idsMax, extraMax);
      const extra = await findExtras({ listingId, range, filters, listedSince, idsMax: named });
      for (let start = 0; start < Math.min(extra.ids.length, extraMax); start += healBatchMax) {
        await want([], extra.ids.slice(start, Math.min(start + healBatchMax, extraMax)));
      }
      const certificate: Certificate = { sourceId, range, filters, ...sums, extra: extra.count, requests };
      await recordVerification(certificate);
      return { certificate, gaps: { missing, stale, extra: extra.ids.slice(0, idsMax) } };
    } finally {
      await forgetListing(listingId);
    }
  };
}
