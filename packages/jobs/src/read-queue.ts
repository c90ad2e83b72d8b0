import type { Job } from 'bullmq';
import { priorityOf, recordingPriorityOf } from './catalog.ts';

/** How many jobs of a queue are in which state. */
export interface QueueDepth {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
}

/** How a queue stands. */
export interface QueueState extends QueueDepth {
  /** When the job that has waited longest was added, by the clock of who added it; null when none waits. */
  readonly oldestAddedAt: Date | null;
  /** False while the queue lets no job go: it is paused, or the source has said to wait. */
  readonly isFlowing: boolean;
}

/** What is used of a queue, whatever it carries. */
interface ReadableQueue {
  getJobCounts(): Promise<Record<string, number>>;
  getCountsPerPriority(priorities: number[]): Promise<Record<string, number>>;
  getRateLimitTtl(): Promise<number>;
  isPaused(): Promise<boolean>;
  getJobs(
    types: ('wait' | 'prioritized')[],
    start: number,
    end: number,
    asc: boolean,
  ): Promise<Pick<Job, 'timestamp'>[]>;
}

const priorities = [...new Set([...Object.values(priorityOf), ...Object.values(recordingPriorityOf)])].toSorted(
  (a, b) => a - b,
);

/** Counts the jobs of a queue. */
export async function depthOf(queue: Pick<ReadableQueue, 'getJobCounts'>): Promise<QueueDepth> {
  // A paused queue counts its jobs as `paused`, one with priorities as `prioritized`.
  const counts = await queue.getJobCounts();
  return {
    waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0) + (counts['paused'] ?? 0),
    delayed: counts['delayed'] ?? 0,
    active: counts['active'] ?? 0,
  };
}

/** Reads how a queue stands, by a handful of commands whatever its length. */
export async function readQueue(queue: ReadableQueue): Promise<QueueState> {
  const depth = await depthOf(queue);
  const [isPaused, limitedMs] = await Promise.all([queue.isPaused(), queue.getRateLimitTtl()]);
  return {
    ...depth,
    oldestAddedAt: depth.waiting === 0 ? null : await oldestWaiting(queue),
    isFlowing: !isPaused && limitedMs <= 0,
  };
}

/** Jobs of one priority stand in order of arrival, one priority behind the other: the oldest of all is the first of one of them. */
async function oldestWaiting(queue: ReadableQueue): Promise<Date | null> {
  const counts = await queue.getCountsPerPriority(priorities);
  const firsts: number[] = [];
  let before = 0;
  for (const priority of priorities) {
    const count = counts[String(priority)] ?? 0;
    if (count > 0) firsts.push(before);
    before += count;
  }
  const jobs = await Promise.all([
    queue.getJobs(['wait'], 0, 0, true),
    ...firsts.map((index) => queue.getJobs(['prioritized'], index, index, true)),
  ]);
  const times = jobs.flat().map((job) => job.timestamp);
  return times.length === 0 ? null : new Date(Math.min(...times));
}
