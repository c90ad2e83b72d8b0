import { TransientFailure, type ConversationPayload } from '@voxport/domain';
import type { Landing, PreparedLanding, SourceStore } from '@voxport/warehouse';
import { inBatches } from './batch.ts';

/** More a transaction brings nothing: it is the commit that is shared. */
const landingsMax = 64;

/** How much a landing of payloads brings, for whoever counts. */
export function measureLandings(landings: readonly Pick<PreparedLanding, 'sizeBytes' | 'body'>[]): {
  payloads: number;
  bytes: number;
  storedBytes: number;
} {
  let bytes = 0;
  let storedBytes = 0;
  for (const { sizeBytes, body } of landings) {
    bytes += sizeBytes;
    storedBytes += body.byteLength;
  }
  return { payloads: landings.length, bytes, storedBytes };
}

export interface LandDependencies extends Pick<SourceStore, 'landPayloads' | 'divideSetUpFailure'> {
  readonly prepareLanding: (landing: Landing) => Promise<PreparedLanding>;
  /** Wakes a loader. */
  readonly wakeLoader: () => Promise<void>;
}

/**
 * Makes the landing of payloads: durable in the raw store, then the wake-up. A wake-up that gets lost is sent again by
 * the sweep. The landing throws a TransientFailure (`incomplete_payload`) for a payload with fewer turns than its list
 * row counts.
 */
export function makeLand({ prepareLanding, landPayloads, divideSetUpFailure, wakeLoader }: LandDependencies) {
  let hasLanded = false;
  const incomplete = new WeakSet<PreparedLanding>();
  const landInBatches = inBatches<PreparedLanding>(landingsMax, async (landings) => {
    // Two answers for one conversation in one batch: the statement takes an id once, the later answer is the one to
    // keep.
    const latest = new Map<string, PreparedLanding>();
    for (const landing of landings) {
      const known = latest.get(landing.conversationId);
      const newer = known === undefined || known.receivedAtMs <= landing.receivedAtMs ? landing : known;
      latest.set(landing.conversationId, {
        ...newer,
        generation: Math.max(landing.generation, known?.generation ?? 0),
      });
    }
    const refused = new Set(await landPayloads([...latest.values()]));
    for (const landing of landings) if (refused.has(landing.conversationId)) incomplete.add(landing);
    if (refused.size === latest.size) return;
    // A source that gives details has no failure of its set-up any more. Until it is divided, again after each landing.
    if (!hasLanded) {
      await divideSetUpFailure();
      hasLanded = true;
    }
    await wakeLoader();
  });

  return async function land(payload: ConversationPayload, generation: number): Promise<void> {
    const landing = await prepareLanding({ payload, generation });
    await landInBatches(landing);
    if (!incomplete.has(landing)) return;
    throw new TransientFailure(
      'incomplete_payload',
      `Conversation ${payload.conversationId} came with ${payload.turnCount ?? 0} turns, fewer than its list row counts (message_count). It is not loaded over what is known, and asked for again. If this source counts something else, set check_message_count: false for it.`,
      { status: 200, body: payload.body },
    );
  };
}
