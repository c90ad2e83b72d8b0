import type { Producer } from '@voxport/jobs';
import type { SourceStore } from '@voxport/warehouse';

/** Rechecks that wait in the queue at once: enough to keep a source busy until the next sweep. */
const waitingMax = 2000;

export type TakeUpDueChecksDependencies = Pick<SourceStore, 'wantDueChecks'> & Pick<Producer, 'enqueueConversations'>;

/**
 * Makes the taking up of rechecks that are due, in priority `refresh`. A running fleet takes them up with every sweep,
 * on behalf of no run: a run every five seconds would tell nobody anything, and the inventory counts the looks. A sync
 * that runs to its end takes up, on its own behalf, those that were due when it started. Resolves with how many were
 * taken up; 0 when none is left, or enough wait already.
 */
export function makeTakeUpDueChecks({ wantDueChecks, enqueueConversations }: TakeUpDueChecksDependencies) {
  return async function takeUpDueChecks(runId: number | null): Promise<number> {
    const wanted = await wantDueChecks({ runId, waitingMax });
    await enqueueConversations(wanted);
    return wanted.length;
  };
}
