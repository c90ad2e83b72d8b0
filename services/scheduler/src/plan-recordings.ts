import type { Producer } from '@voxport/jobs';
import type { SourceStore } from '@voxport/warehouse';

/** Recordings that wait in the queue at once: enough to keep a source busy until the next look. */
const waitingMax = 1000;
/**
 * A job that has been in the queue for so long is enqueued again: it may have got lost. It has a name, so it is not
 * doubled.
 */
const queuedForMs = 60_000;

export interface PlanRecordingsDependencies
  extends
    Pick<SourceStore, 'wantRecordingsOfRun' | 'adoptDueRecordings' | 'takeUpRecordings'>,
    Pick<Producer, 'fetchDepth' | 'enqueueRecordings'> {
  /** Whether the source's recordings are stored. */
  readonly isOn: boolean;
}

/** The planning of one source's recordings; with audio off it does nothing. */
export interface RecordingPlanner {
  /** Wants the recordings of what a run has listed, as far as there are none; `again` those too that were given up. */
  readonly wantOfRun: (runId: number, again: boolean) => Promise<void>;
  /** Has a run wait for the recordings that are due anyway. */
  readonly adoptDue: (runId: number) => Promise<void>;
  /**
   * Enqueues the recordings that are due, as many as may wait. The loader only wants them: what got lost in the queue
   * is no loss.
   */
  readonly takeUp: () => Promise<void>;
}

export function makeRecordingPlanner(dependencies: PlanRecordingsDependencies): RecordingPlanner {
  const { isOn, fetchDepth, enqueueRecordings } = dependencies;
  const { wantRecordingsOfRun, adoptDueRecordings, takeUpRecordings } = dependencies;
  return {
    async wantOfRun(runId, again) {
      if (isOn) await wantRecordingsOfRun({ runId, again });
    },
    async adoptDue(runId) {
      if (isOn) await adoptDueRecordings({ runId });
    },
    async takeUp() {
      if (!isOn) return;
      const { waiting, delayed, active } = await fetchDepth();
      // An empty queue has lost whatever is said to be in it.
      const isEmpty = waiting + delayed + active === 0;
      await enqueueRecordings(await takeUpRecordings({ waitingMax, queuedForMs: isEmpty ? 0 : queuedForMs }));
    },
  };
}
