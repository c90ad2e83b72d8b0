import { makeRedaction, type TimeRange } from '@voxport/domain';
import { redactHash, type ServiceContext, type SourceContext } from '@voxport/runtime';
import {
  compareListedPage,
  databaseNow,
  findExtras,
  forgetListing,
  recordVerification,
  wantListed,
} from '@voxport/warehouse';
import { openLister } from './open-lister.ts';
import { makeVerifyWindow, type Healing, type VerifiedWindow } from './verify-window.ts';

/** Verifies windows of one source, several at once: as many as its part of the source's requests in flight allows. */
export interface Verifier extends AsyncDisposable {
  verifyWindows(
    windows: readonly TimeRange[],
    healing: Healing | null,
    signal: AbortSignal,
    onVerified?: (window: VerifiedWindow) => void,
  ): Promise<VerifiedWindow[]>;
}

/**
 * Opens the verifier of a source: it lists beside the queue, within its part of the source's requests in flight.
 */
export async function openVerifier(context: ServiceContext, sourceContext: SourceContext): Promise<Verifier> {
  const { kysely } = context.database;
  const { config, producer } = sourceContext;
  const { sourceId, filters } = config;
  const redaction = makeRedaction({ rules: config.redact.rules, hash: redactHash(config.redact) });
  const lister = await openLister(context, sourceContext);

  const verifyWindow = makeVerifyWindow({
    sourceId,
    filters,
    databaseNow: () => databaseNow(kysely),
    walkRange: lister.walkRange,
    compareListedPage: (listingId, conversations) => compareListedPage(kysely, { sourceId, listingId, conversations }),
    findExtras: (listingId, range, listedSince, idsMax) =>
      findExtras(kysely, { sourceId, listingId, range, filters, listedSince, idsMax }),
    forgetListing: (listingId) => forgetListing(kysely, listingId),
    wantListed: (runId, range, conversations, extra) =>
      wantListed(kysely, {
        sourceId,
        runId,
        range,
        // The row is stored.
        conversations: conversations.map((listed) => ({
          ...listed,
          row: redaction.row(listed.row, listed.conversationId),
        })),
        extra,
      }),
    enqueueConversations: producer.enqueueConversations,
    recordVerification: (certificate) => recordVerification(kysely, certificate),
  });

  return {
    async verifyWindows(windows, healing, signal, onVerified = () => {}) {
      const verified: VerifiedWindow[] = [];
      await lister.inTurns(
        windows,
        async (window, either) => {
          const result = await verifyWindow(window, healing, either);
          verified.push(result);
          onVerified(result);
        },
        signal,
      );
      return verified.toSorted((a, b) => a.certificate.range.before.getTime() - b.certificate.range.before.getTime());
    },
    [Symbol.asyncDispose]: () => lister[Symbol.asyncDispose](),
  };
}
