import type { JobContext, JobPayloads } from '@voxport/jobs';
import { withDatabaseFailures } from '@voxport/warehouse';

export interface LoadLandedDependencies {
  /** Loads one batch; resolves with how many payloads it ended. */
  readonly loadBatch: () => Promise<number>;
}

/**
 * Makes the handler of the wake-up: loads batch after batch until nothing that has landed is left. The wake-up is
 * acknowledged after the last commit. Throws a TransientFailure (`database`) for what passes by itself: a deadlock, a
 * lost connection.
 */
export function makeLoadLanded({ loadBatch }: LoadLandedDependencies) {
  const load = withDatabaseFailures(loadBatch);

  return async function loadLanded(_wakeUp: JobPayloads['load-landed'], { signal }: JobContext): Promise<void> {
    do signal.throwIfAborted();
    while ((await load()) > 0);
  };
}
