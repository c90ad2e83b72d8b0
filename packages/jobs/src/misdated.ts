import type { VoxportQueue } from './open-queue.ts';

/** A clock that is off by less makes no delay worth fixing: BullMQ's own delays end at a minute. */
const toleranceMs = 60_000;
/** Looked at each time, the latest due first: what is left is fixed the next time. */
const jobsMax = 200;

/**
 * Lets jobs go that a process with a fast clock delayed: BullMQ computes when a delay ends by the clock of the process
 * that asks for it, so a job that was put back by a machine which is a day ahead is not due before tomorrow, and its
 * name keeps it from being enqueued again. Such a job shows by the time at which it was last taken up, which lies ahead
 * of now. Returns how many were let go. A clock that is slow makes delays end at once, which harms nobody.
 */
export async function promoteMisdated(queue: Pick<VoxportQueue<'fetch' | 'load'>, 'getJobs'>): Promise<number> {
  const delayed = await queue.getJobs(['delayed'], 0, jobsMax - 1, false);
  const misdated = delayed.filter((job) => (job.processedOn ?? job.timestamp) > Date.now() + toleranceMs);
  // One that was taken up or removed meanwhile is no longer delayed: that is all that was wanted.
  const promoted = await Promise.allSettled(misdated.map((job) => job.promote()));
  return promoted.filter(({ status }) => status === 'fulfilled').length;
}

/**
 * Removes the schedules of a source when one of them is due later than its own interval allows: a scheduler with a fast
 * clock made them, and making them again keeps the wrong time. Returns whether it did; the caller schedules anew. All
 * of them, because a cron pattern does not tell when it should be due.
 */
export async function dropMisdatedSchedules(
  queue: Pick<VoxportQueue<'plan'>, 'getJobSchedulers' | 'removeJobScheduler'>,
): Promise<boolean> {
  const schedules = await queue.getJobSchedulers();
  const isMisdated = schedules.some(
    ({ every, next }) => every !== undefined && next !== undefined && next > Date.now() + every + toleranceMs,
  );
  if (!isMisdated) return false;
  for (const { key } of schedules) await queue.removeJobScheduler(key);
  return true;
}
