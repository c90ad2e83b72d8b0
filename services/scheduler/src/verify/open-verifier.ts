import { makeRedaction, type TimeRange } from '@voxport/domain';
import { redactHash, type ServiceContext, type SourceContext } from '@voxport/runtime';
import { openSourceStore } from '@voxport/warehouse';
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
  const { config, producer } = sourceContext;
  const { sourceId, filters } = config;
  const store = openSourceStore(context.database.kysely, sourceId);
  const redaction = makeRedaction({ rules: config.redact.rules, hash: redactHash(config.redact) });
  const lister = await openLister(context, sourceContext);

  const verifyWindow = makeVerifyWindow({
    ...store,
    ...producer,
    sourceId,
    filters,
    walkRange: lister.walkRange,
    wantListed: (request) =>
      store.wantListed({
        ...request,
        // The row is stored.
        conversations: request.conversations.map((listed) => ({
          ...listed,
          row: redaction.row(listed.row, listed.conversationId),
        })),
      }),
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
