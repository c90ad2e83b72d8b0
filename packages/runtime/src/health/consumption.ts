import type { Check } from './readiness.ts';

/** What is watched of one consumer. */
export interface WatchedConsumer {
  /** Changes whenever a job is taken up or ends. */
  readonly lastProgressMs: () => number;
  /** Jobs in hand. */
  readonly activeJobs: () => number;
  /** True while it takes up nothing on purpose. */
  readonly isHeldBack: () => boolean;
}

export interface ConsumptionDependencies {
  readonly consumer: WatchedConsumer;
  /**
   * Whether a job waits to be taken up; false where the queue lets none go at present (paused, or told to wait by the
   * source).
   */
  readonly hasJobToTake: () => Promise<boolean>;
  readonly now?: () => number;
}

/** A consumer with nothing in hand that lets jobs wait for so long consumes no more. */
const idleMaxMs = 60_000;
/** One that has jobs in hand may be slow: an answer may take minutes, and a recording longer. */
const busyMaxMs = 15 * 60_000;

/**
 * Makes the check that a consumer consumes: it is not ready when jobs wait and it took up or ended none for a while. A
 * store that came back after an outage may leave a consumer that says that it runs and takes up nothing; nothing but
 * its progress tells.
 */
export function makeConsumptionCheck({
  consumer,
  hasJobToTake,
  now = () => performance.now(),
}: ConsumptionDependencies): Check {
  /**
   * Since when jobs wait without progress, as far as was seen; a job that has just come is not one that was left to
   * wait.
   */
  let waitsSinceMs: number | null = null;
  let progressSeenMs = consumer.lastProgressMs();

  return async function checkConsumption() {
    if (consumer.isHeldBack()) {
      waitsSinceMs = null;
      return 'takes up nothing at present: other workers, or the loader, go first';
    }
    const isWaitedFor = await hasJobToTake();
    const progressMs = consumer.lastProgressMs();
    if (!isWaitedFor || progressMs !== progressSeenMs) {
      progressSeenMs = progressMs;
      waitsSinceMs = isWaitedFor ? now() : null;
      return null;
    }
    waitsSinceMs ??= now();
    const waitedMs = now() - waitsSinceMs;
    const active = consumer.activeJobs();
    if (waitedMs <= (active === 0 ? idleMaxMs : busyMaxMs)) return null;
    throw new Error(
      `jobs wait, and none was taken up or ended for ${Math.round(waitedMs / 1000)} s (${active} in hand). Restart the process; if it happens again, look at its log for errors of the queue.`,
    );
  };
}
