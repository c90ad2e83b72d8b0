import { TransientFailure } from '@voxport/domain';
import type { JobContext, JobPayloads } from '@voxport/jobs';

export interface LoadLandedDependencies {
  /** Loads one batch; resolves with how many payloads it ended. */
  readonly loadBatch: () => Promise<number>;
  /** Whether a database error passes by itself (a deadlock, a lost connection). */
  readonly isRetryable: (error: unknown) => boolean;
}

/**
 * Makes the handler of the wake-up: loads batch after batch until nothing that has landed is left. The wake-up is
 * acknowledged after the last commit.
 */
export function makeLoadLanded({ loadBatch, isRetryable }: LoadLandedDependencies) {
  return async function loadLanded(_bell: JobPayloads['load-landed'], { signal }: JobContext): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        if ((await loadBatch()) === 0) return;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        throw new TransientFailure('database', error instanceof Error ? error.message : String(error), {
          cause: error,
        });
      }
    }
  };
}
