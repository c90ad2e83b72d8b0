import { enqueuedMax, type Producer } from '@voxport/jobs';
import type { SourceStore, WantedPosition } from '@voxport/warehouse';

/** Wanted details enqueued at once. */
const stretchSize = 1000;

/** What a refill has enqueued; what was there already is counted too. */
export interface Refilled {
  readonly windows: number;
  readonly conversations: number;
  /** More are wanted than the queue is given at once: the sweep brings the others as these are done. */
  readonly hasMore: boolean;
  readonly hasLandedPayloads: boolean;
}

export interface RefillDependencies
  extends
    Pick<SourceStore, 'readSource' | 'openWindows' | 'overdueDetails' | 'hasLandedPayloads'>,
    Pick<Producer, 'enqueuePage' | 'enqueueConversations' | 'wakeLoaders' | 'noteFilled'> {
  readonly pauseQueue: () => Promise<void>;
}

/**
 * Makes the refill of one source's queue from Postgres: open windows, wanted details, the wake-up for what has landed,
 * and the pause of a source whose key is refused. Jobs have names, so a job that is still there is not doubled, and a
 * refill may run at any time and by several processes at once.
 */
export function makeRefill(dependencies: RefillDependencies) {
  const { readSource, pauseQueue, openWindows, overdueDetails, hasLandedPayloads } = dependencies;
  const { enqueuePage, enqueueConversations, wakeLoaders, noteFilled } = dependencies;

  return async function refill(): Promise<Refilled> {
    // First the pause: nothing that is enqueued below may reach a source that refuses its key.
    if (((await readSource())?.pausedAt ?? null) !== null) await pauseQueue();
    const windows = await openWindows();
    for (const { windowId, nextPage, runId, priority } of windows) {
      await enqueuePage({ windowId, page: nextPage, runId }, priority);
    }
    let conversations = 0;
    let position: WantedPosition | null = null;
    do {
      const stretch = await overdueDetails({ wantedForMs: 0, after: position, limit: stretchSize });
      await enqueueConversations(stretch.wanted);
      conversations += stretch.wanted.length;
      position = stretch.position;
    } while (position !== null && conversations < enqueuedMax);
    const hasLanded = await hasLandedPayloads();
    if (hasLanded) await wakeLoaders();
    // Last: a refill that dies on its way is done again.
    await noteFilled();
    return { windows: windows.length, conversations, hasMore: position !== null, hasLandedPayloads: hasLanded };
  };
}
