import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeRedaction, shareInFlight, type TimeRange } from '@voxport/domain';
import { redactHash, type ServiceContext, type SourceContext } from '@voxport/runtime';
import { openSource } from '@voxport/source';
import {
  compareListing,
  databaseNow,
  recordVerification,
  removeWorker,
  signalWorker,
  wantListed,
} from '@voxport/warehouse';
import { makeListRange } from './list-range.ts';
import { makeVerifyWindow, type Healing, type VerifiedWindow } from './verify-window.ts';

/** How often the verifier says that it lives: the workers leave it its part of the requests in flight as long as it does. */
const signalEveryMs = 1000;
const parallelMax = 16;

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
 * Opens the verifier of a source. It asks the API itself, beside the queue, and so takes part in the sharing of the source's requests in flight like a
 * worker: it signs on, and the workers make room for it until it is closed.
 */
export async function openVerifier(
  { database: { kysely }, logger }: ServiceContext,
  { config, producer }: SourceContext,
): Promise<Verifier> {
  const { sourceId, filters, dialect, requestsInFlight } = config;
  const log = logger.child({ sourceId });
  const redaction = makeRedaction({ rules: config.redact.rules, hash: redactHash(config.redact) });
  await using opened = new AsyncDisposableStack();
  const worker = { sourceId, workerId: randomUUID() };
  const place = await signalWorker(kysely, worker);
  opened.defer(() => removeWorker(kysely, worker));
  const limit = Math.min(place.inFlightLimit ?? requestsInFlight.start, requestsInFlight.max);
  // With no part of its own it still goes on, one request at a time: a refusal only costs it a wait.
  const parallel = Math.min(parallelMax, Math.max(1, shareInFlight(limit, place.workers, place.rank)));
  const closing = new AbortController();
  const signalling = keepSignalling();
  opened.defer(async () => {
    closing.abort();
    await signalling;
  });
  const source = openSource({
    ...config,
    apiKey: config.apiKey.reveal(),
    connectionsMax: parallel,
    userAgent: 'voxport/0.1',
  });
  opened.defer(() => source.close());

  async function keepSignalling(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await sleep(signalEveryMs, undefined, { signal: closing.signal });
        await signalWorker(kysely, worker);
      } catch (error) {
        if (!closing.signal.aborted) log.warn({ err: error }, 'the verification could not give its sign of life');
      }
    }
  }

  const verifyWindow = makeVerifyWindow({
    sourceId,
    filters,
    databaseNow: () => databaseNow(kysely),
    listRange: makeListRange({
      listPage: (range, cursor, pageSize, signal) => source.listPage({ range, cursor, pageSize, filters }, signal),
      // The vendor documents the order; a proxy does not.
      isOrderKnown: dialect === 'elevenlabs',
    }),
    compareListing: (range, listedSince, conversations) =>
      compareListing(kysely, { sourceId, range, listedSince, conversations }),
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
  const kept = opened.move();

  return {
    async verifyWindows(windows, healing, signal, onVerified = () => {}) {
      const verified: VerifiedWindow[] = [];
      const waiting = windows.values();
      const failed = new AbortController();
      const either = AbortSignal.any([signal, failed.signal]);
      const takeTurns = async (): Promise<void> => {
        for (const window of waiting) {
          const result = await verifyWindow(window, healing, either);
          verified.push(result);
          onVerified(result);
        }
      };
      try {
        await Promise.all(
          Array.from({ length: Math.min(parallel, windows.length) }, () =>
            takeTurns().catch((error: unknown) => {
              failed.abort(error);
              throw error;
            }),
          ),
        );
      } catch (error) {
        // The first failure ended the others: it is the one to tell.
        throw signal.aborted ? signal.reason : (failed.signal.reason ?? error);
      }
      return verified.toSorted((a, b) => a.certificate.range.before.getTime() - b.certificate.range.before.getTime());
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
