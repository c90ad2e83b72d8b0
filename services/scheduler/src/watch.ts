import { repeat } from '@voxport/runtime';

/** A store that is away holds a command back without end: the watch is left to it then. */
const closeWithinMs = 1000;

export interface WatchDependencies {
  readonly everyMs: number;
  /** Whether the queue store has its schedules, and its mark that everything wanted is there. */
  readonly isFilled: () => Promise<boolean>;
  readonly refill: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/**
 * Watches the queue store from this process, by its own clock: a store that lost everything has lost the repetition of
 * the sweeps too, and nothing inside it would ever fix it. The first look comes after one interval, when the schedules
 * stand.
 */
export function startWatch({ everyMs, isFilled, refill, onError }: WatchDependencies): AsyncDisposable {
  return repeat({
    everyMs,
    async step() {
      if (!(await isFilled())) await refill();
    },
    onError,
    closeWithinMs,
  });
}
