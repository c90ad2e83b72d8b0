import { repeat } from '@voxport/runtime';

const everyMs = 30_000;
/** After the beginning of a half minute: what was loaded before it has committed. */
const delayMs = 5000;

/** Takes a sample of how the pipeline stands every half minute, until it is closed. */
export function sampleRegularly(options: {
  readonly takeSamples: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly now?: () => number;
}): AsyncDisposable {
  const { takeSamples, onError, now = Date.now } = options;
  return repeat({
    everyMs: () => everyMs - ((now() - delayMs) % everyMs),
    begins: 'at once',
    step: takeSamples,
    onError,
  });
}
