import type { JobPayloads } from '@voxport/jobs';
import type { ControlledRuns, SourceStore } from '@voxport/warehouse';

/**
 * What the job would ask for is not wanted at present: its run is paused or cancelled, or it was enqueued again and has
 * been answered meanwhile. The job is settled without a request; Postgres knows what is still wanted.
 */
class UnwantedNow extends Error {
  override readonly name = 'UnwantedNow';
}

export type RunControlDependencies = Pick<SourceStore, 'isDetailWanted'>;

/** Keeps jobs of paused and cancelled runs from sending requests. */
export interface RunControl {
  /** Takes note of which runs are controlled: with every heartbeat. */
  readonly adopt: (runs: ControlledRuns) => void;
  /**
   * To be called when the request could be sent; throws what `settleUnwanted` settles. Costs nothing unless a run of
   * the source is paused or was cancelled, or the job was enqueued again.
   */
  readonly refuseDetail: (job: JobPayloads['fetch-conversation']) => Promise<void>;
  /** The same for a page of a run. */
  readonly refusePage: (runId: number) => void;
}

/**
 * Makes the run control of one source in this process. What runs are paused is known a second late at most, as the
 * workers' heartbeats go; a job that may be concerned is then looked up in Postgres, because another run may want the
 * same conversation.
 */
export function makeRunControl({ isDetailWanted }: RunControlDependencies): RunControl {
  let paused: ReadonlySet<number> = new Set();
  let cancelled: ReadonlySet<number> = new Set();
  let running: ReadonlySet<number> = new Set();
  return {
    adopt(runs) {
      paused = new Set(runs.paused);
      cancelled = new Set(runs.cancelled);
      running = new Set(runs.running);
    },
    async refuseDetail({ conversationId, generation, runId, isRepeat = false }) {
      const isControlled =
        // While a run is paused, a job may be its own under the number of a run from which it took the detail request
        // over.
        runId !== null && !running.has(runId) && (paused.size > 0 || cancelled.has(runId));
      // Overlapping runs enqueue what the other has enqueued: a job that ended in that moment would be there a second
      // time.
      if (!isControlled && !isRepeat) return;
      if (!(await isDetailWanted({ conversationId, generation }))) throw new UnwantedNow();
    },
    refusePage(runId) {
      if (paused.has(runId) || cancelled.has(runId)) throw new UnwantedNow();
    },
  };
}

/** Completes a job whose result is not wanted at present. */
export function settleUnwanted<Payload, Context>(
  handle: (payload: Payload, context: Context) => Promise<void>,
): (payload: Payload, context: Context) => Promise<void> {
  return async (payload, context) => {
    try {
      await handle(payload, context);
    } catch (error) {
      if (!(error instanceof UnwantedNow)) throw error;
    }
  };
}
