import { setTimeout as sleep } from 'node:timers/promises';

const everyMs = 30_000;
/** After the beginning of a half minute: what was loaded before it has committed. */
const delayMs = 5000;

/** Takes a sample of how the pipeline stands every half minute, until it is closed. */
export function sampleRegularly(options: {
  readonly takeSamples: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly now?: () => number;
}): { close: () => Promise<void> } {
  const { takeSamples, onError, now = Date.now } = options;
  const closing = new AbortController();

  async function sample(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await takeSamples();
      } catch (error) {
        onError(error);
      }
      const waitMs = everyMs - ((now() - delayMs) % everyMs);
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  const sampling = sample();
  return {
    async close() {
      closing.abort();
      await sampling;
    },
  };
}
