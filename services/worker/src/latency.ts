/** The weight of a new answer: the average is that of the last hundred or so. */
const weight = 0.02;

/** A moving average of how long something takes. */
export interface Latency {
  /** Does it, and takes its time if it succeeds: a failure may be quicker or slower than any answer. */
  readonly measure: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Null while nothing was measured. */
  readonly averageMs: () => number | null;
}

/** Makes an average without a measurement. */
export function makeLatency(now: () => number = () => performance.now()): Latency {
  let averageMs: number | null = null;
  let count = 0;
  return {
    async measure(work) {
      const startedMs = now();
      const result = await work();
      count += 1;
      const tookMs = now() - startedMs;
      // The mean while there are few, so that the first does not stand for all.
      averageMs = averageMs === null ? tookMs : averageMs + (tookMs - averageMs) * Math.max(weight, 1 / count);
      return result;
    },
    averageMs: () => averageMs,
  };
}
