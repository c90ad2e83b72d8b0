import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, defaultRetryPolicy } from '@voxport/domain';
import { isRetryableDatabaseError } from './load/database-errors.ts';

/**
 * Runs a transaction again when it failed for something that passes (a deadlock, a lost connection), some times; for
 * commands, which no queue retries.
 */
export async function retryTransaction<Result>(run: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isRetryableDatabaseError(error) || attempt >= defaultRetryPolicy.attemptsMax) throw error;
      await sleep(backoffMs(attempt, defaultRetryPolicy, Math.random), undefined, { signal });
    }
  }
}
