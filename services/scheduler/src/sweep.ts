import { enqueuedMax, type Producer } from '@voxport/jobs';
import type { SourceStore, WantedPosition } from '@voxport/warehouse';

/** Wanted details looked at by one sweep while the queue is busy; when it runs low, as many as it may hold. */
const stretchSize = 1000;

/** Stretches that one sweep walks at most: a paused run may want a million details, and the walk passes over them. */
const stretchesMax = 20;

/**
 * Conversations whose payload is gone are looked for once in so long: the look walks over everything that waits for the
 * loader.
 */
const strandedEveryMs = 60_000;

export interface SweepDependencies
  extends
    Pick<SourceStore, 'overdueDetails' | 'wantStranded' | 'openWindows' | 'hasLandedPayloads'>,
    Pick<
      Producer,
      | 'isFilled'
      | 'promoteMisdated'
      | 'fetchDepth'
      | 'loadDepth'
      | 'enqueuePage'
      | 'enqueueConversations'
      | 'wakeLoaders'
    > {
  readonly refill: () => Promise<unknown>;
  /** Adds up what was counted for the inventory, and for the runs that have not ended. */
  readonly foldCounts: () => Promise<void>;
  /**
   * Removes what is kept for a time only, and brings late failures of a source's set-up in order; called once a minute.
   */
  readonly forgetHistory: () => Promise<void>;
}

/**
 * Makes the sweep of one source: whatever Postgres knows to be unfinished gets its job again. Jobs have names, so one
 * that is still there is not doubled. A queue that lost everything is refilled at once; while it is busy, the wanted
 * details are walked through a stretch at a time, and never does it get more than it should hold.
 */
export function makeSweep(dependencies: SweepDependencies) {
  const { isFilled, refill, promoteMisdated, fetchDepth, loadDepth } = dependencies;
  const { overdueDetails, wantStranded, openWindows, foldCounts, forgetHistory } = dependencies;
  const { hasLandedPayloads, enqueuePage, enqueueConversations, wakeLoaders } = dependencies;
  let position: WantedPosition | null = null;
  let wasEmpty = false;
  let lookedForStrandedMs = Number.NEGATIVE_INFINITY;

  return async function sweep(options: { wantedForMs: number }): Promise<void> {
    if (!(await isFilled())) await refill();
    await promoteMisdated();
    await foldCounts();
    const depth = await fetchDepth();
    for (const window of await openWindows()) {
      await enqueuePage({ windowId: window.windowId, page: window.nextPage, runId: window.runId }, window.priority);
    }
    if (performance.now() - lookedForStrandedMs >= strandedEveryMs) {
      lookedForStrandedMs = performance.now();
      await enqueueConversations(await wantStranded({ fetchedForMs: options.wantedForMs, limit: stretchSize }));
      await forgetHistory();
    }
    const inQueue = depth.waiting + depth.delayed + depth.active;
    const isEmpty = inQueue === 0;
    const room = inQueue < enqueuedMax / 4 ? enqueuedMax - inQueue : Math.min(stretchSize, enqueuedMax - inQueue);
    // All of them: a walk that was under way when the queue lost everything begins anew. While it stays empty the walk
    // continues, or it would never come past the details of a paused run.
    if (isEmpty && !wasEmpty) position = null;
    wasEmpty = isEmpty;
    for (let enqueued = 0, stretches = 0; enqueued < room && stretches < stretchesMax; stretches += 1) {
      const wantedForMs = isEmpty ? 0 : options.wantedForMs;
      const stretch = await overdueDetails({ wantedForMs, after: position, limit: stretchSize });
      await enqueueConversations(stretch.wanted);
      enqueued += stretch.wanted.length;
      position = stretch.position;
      if (position === null) break;
    }

    const loads = await loadDepth();
    if (loads.waiting + loads.active === 0 && (await hasLandedPayloads())) await wakeLoaders();
  };
}
