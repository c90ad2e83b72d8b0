import { setTimeout as sleep } from 'node:timers/promises';
import { decideRetry, describeFailure } from '@voxport/domain';
import { openConfiguredSource, type SourceConfig } from '@voxport/runtime';

/** What a source answered to some deletions. */
export interface DeletedAtSource {
  readonly deleted: number;
  readonly notFound: number;
  /** Those that are still at the source, and why. */
  readonly failed: readonly { readonly conversationId: string; readonly reason: string }[];
}

/**
 * Deletes conversations at their source, a few at once. A key that is refused ends it: the rest counts as failed.
 * Rejects only when aborted.
 */
export async function deleteAtSource(
  config: SourceConfig,
  conversationIds: readonly string[],
  signal: AbortSignal,
): Promise<DeletedAtSource> {
  const inFlightMax = config.requestsInFlight.start;
  const source = openConfiguredSource(config, { connectionsMax: inFlightMax });
  const waiting = [...conversationIds];
  const outcomes = { deleted: 0, notFound: 0 };
  const failed: { conversationId: string; reason: string }[] = [];
  let refusal: string | null = null;

  async function deleteOne(conversationId: string): Promise<void> {
    for (let attempt = 1; refusal === null; attempt += 1) {
      try {
        const outcome = await source.deleteConversation(conversationId, signal);
        outcomes[outcome === 'deleted' ? 'deleted' : 'notFound'] += 1;
        return;
      } catch (error) {
        signal.throwIfAborted();
        const { code, message } = describeFailure(error);
        if (code === 'unexpected') throw error;
        const decision = decideRetry(error, attempt);
        if (decision.kind === 'pause_source') refusal = message;
        if (decision.kind === 'pause_source' || decision.kind === 'dead_letter') {
          failed.push({ conversationId, reason: message });
          return;
        }
        await sleep(decision.delayMs, undefined, { signal });
      }
    }
    failed.push({ conversationId, reason: refusal });
  }

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await deleteOne(next);
  }

  try {
    await Promise.all(Array.from({ length: inFlightMax }, work));
  } finally {
    await source.close();
  }
  return { ...outcomes, failed };
}
