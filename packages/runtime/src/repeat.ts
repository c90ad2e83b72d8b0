import { setTimeout as sleep } from 'node:timers/promises';
import { settledWithin } from './settled-within.ts';

export interface RepeatOptions {
  /** How long to wait between two steps; a function is asked before each wait. */
  readonly everyMs: number | (() => number);
  /** One step. The signal is aborted when the repetition is closed. */
  readonly step: (signal: AbortSignal) => Promise<void>;
  /** Told of what a step threw, unless the repetition was being closed. The next step comes after the usual wait. */
  readonly onError: (error: unknown) => void;
  /** Whether the first step comes at once, or after one wait. */
  readonly begins?: 'at once' | 'after a wait';
  /**
   * How long closing waits for a step that is under way: a store that is away may hold it back without end. Left out,
   * until it ends.
   */
  readonly closeWithinMs?: number;
}

/**
 * Does something again and again, one step at a time, by this process's own clock. Disposing ends the wait, and
 * resolves when no step is under way.
 */
export function repeat(options: RepeatOptions): AsyncDisposable {
  const { everyMs, step, onError, begins = 'after a wait', closeWithinMs } = options;
  const closing = new AbortController();
  const { signal } = closing;

  async function wait(): Promise<void> {
    await sleep(typeof everyMs === 'number' ? everyMs : everyMs(), undefined, { signal }).catch(() => {});
  }

  async function run(): Promise<void> {
    if (begins === 'after a wait') await wait();
    while (!signal.aborted) {
      try {
        await step(signal);
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
      await wait();
    }
  }

  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('shutdown'));
      if (closeWithinMs === undefined) return running;
      await settledWithin(running, closeWithinMs);
    },
  };
}
