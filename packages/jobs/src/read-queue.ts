import type { Job } from 'bullmq';
import { pagePriorityOf, priorityOf, recordingPriorityOf } from './catalog.ts';

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
  getJobCounts(...types: ('waiting' | 'delayed' | 'active')[]): Promise<Record<string, number>>;
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

const priorities = [
  ...new Set([pagePriorityOf, priorityOf, recordingPriorityOf].flatMap((ofPriority) => Object.values(ofPriority))),
].toSorted((a, b) => a - b);

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

/**
 * Reads how a queue stands, by a handful of commands whatever its length. On Redis they take milliseconds; on Postgres
 * counting takes some 3 µs a waiting job, which is why those with a priority are counted once.
 */
export async function readQueue(queue: ReadableQueue): Promise<QueueState> {
  const [counts, prioritized, isFlowing] = await Promise.all([
    queue.getJobCounts('waiting', 'delayed', 'active'),
    queue.getCountsPerPriority(priorities),
    isQueueFlowing(queue),
  ]);
  const withPriority = Object.values(prioritized).reduce((sum, count) => sum + count, 0);
  const waiting = (counts['waiting'] ?? 0) + withPriority;
  return {
    waiting,
    delayed: counts['delayed'] ?? 0,
    active: counts['active'] ?? 0,
    oldestAddedAt: waiting === 0 ? null : await oldestWaiting(queue, prioritized),
    isFlowing,
  };
}

/** Whether a job waits that the queue lets go: a look at the first one, quick on both stores. */
export async function hasJobToTake(
  queue: Pick<ReadableQueue, 'getJobs' | 'isPaused' | 'getRateLimitTtl'>,
): Promise<boolean> {
  const [first, isFlowing] = await Promise.all([
    queue.getJobs(['wait', 'prioritized'], 0, 0, true),
    isQueueFlowing(queue),
  ]);
  return isFlowing && first.length > 0;
}

async function isQueueFlowing(queue: Pick<ReadableQueue, 'isPaused' | 'getRateLimitTtl'>): Promise<boolean> {
  const [isPaused, limitedMs] = await Promise.all([queue.isPaused(), queue.getRateLimitTtl()]);
  return !isPaused && limitedMs <= 0;
}

/**
 * Jobs of one priority stand in order of arrival, one priority behind the other: the oldest of all is the first of one
 * of them.
 */
async function oldestWaiting(
  queue: Pick<ReadableQueue, 'getJobs'>,
  counts: Readonly<Record<string, number>>,
): Promise<Date | null> {
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
