import type { Producer } from '@voxport/jobs';
import type { SourceStore, WantedPosition } from '@voxport/warehouse';

/** Wanted details enqueued at once. */
const stretchSize = 1000;

export type EnqueueRunDependencies = Pick<SourceStore, 'openWindows' | 'wantedOfRun'> &
  Pick<Producer, 'enqueuePage' | 'enqueueConversations'>;

/**
 * Makes the enqueuing of what a run has to do at one source, as Postgres knows it. What is in the queue already is not
 * doubled.
 */
export function makeEnqueueRun(dependencies: EnqueueRunDependencies) {
  const { openWindows, wantedOfRun, enqueuePage, enqueueConversations } = dependencies;

  return async function enqueueRun(runId: number): Promise<void> {
    for (const { windowId, nextPage, priority } of await openWindows(runId)) {
      await enqueuePage({ windowId, page: nextPage, runId }, priority);
    }
    let position: WantedPosition | null = null;
    do {
      const stretch = await wantedOfRun({ runId, after: position, limit: stretchSize });
      await enqueueConversations(stretch.wanted);
      position = stretch.position;
    } while (position !== null);
  };
}
