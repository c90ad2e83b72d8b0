import { setTimeout as sleep } from 'node:timers/promises';
import type { VoxportQueue } from './open-queue.ts';

const runningPollMs = 100;
const runningWaitMs = 30_000;

/**
 * Removes jobs by their ids. One that runs cannot be removed: it goes when it ends, and that is waited for, so that
 * nothing of it is left; not for ever, because a job of a process that died counts as running until it is taken back.
 * Returns how many were removed.
 */
export async function removeJobs(
  queue: Pick<VoxportQueue<'fetch'>, 'remove' | 'getActive' | 'getJobCounts'>,
  jobIds: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const counts = await queue.getJobCounts();
  // Most erasures meet an idle queue, and may concern a million conversations.
  if (Object.values(counts).every((count) => count === 0)) return 0;
  let removed = 0;
  for (const jobId of jobIds) removed += await queue.remove(jobId);
  const ids = new Set(jobIds);
  const deadlineMs = performance.now() + runningWaitMs;
  while (performance.now() < deadlineMs) {
    const active = await queue.getActive();
    if (!active.some((job) => job?.id !== undefined && ids.has(job.id))) break;
    await sleep(runningPollMs, undefined, { signal });
  }
  // A running job that was handed back meanwhile waits again.
  for (const jobId of jobIds) removed += await queue.remove(jobId);
  return removed;
}
