import type { Priority, WantedDetail } from '@voxport/domain';
import type { JobPayloads } from '@voxport/jobs';
import type { WantedPosition, Window } from '@voxport/warehouse';

/** Wanted details enqueued at once. */
const stretchSize = 1000;

export interface EnqueueRunDependencies {
  readonly openWindows: (runId: number) => Promise<readonly Window[]>;
  readonly wantedOfRun: (
    runId: number,
    after: WantedPosition | null,
    limit: number,
  ) => Promise<{ wanted: readonly WantedDetail[]; position: WantedPosition | null }>;
  readonly enqueuePage: (page: JobPayloads['list-page'], priority: Priority) => Promise<void>;
  readonly enqueueConversations: (wanted: readonly WantedDetail[]) => Promise<void>;
}

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
      const stretch = await wantedOfRun(runId, position, stretchSize);
      await enqueueConversations(stretch.wanted);
      position = stretch.position;
    } while (position !== null);
  };
}
