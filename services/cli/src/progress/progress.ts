import type { LivingWorkers, RunCounts, RunRow } from '@voxport/warehouse';

/** A run as it was at a moment. */
export interface ProgressSample {
  readonly run: RunRow;
  readonly counts: RunCounts;
  readonly workers: LivingWorkers;
  /** `performance.now()`. */
  readonly atMs: number;
}

/** How far a run is. */
export interface Progress {
  readonly runId: number;
  readonly state: 'running' | 'paused' | 'interrupted' | 'ended';
  readonly windowsEnded: number;
  readonly windows: number;
  /** Conversations that have come to an end: loaded, unchanged, failed, gone or given up. */
  readonly done: number;
  readonly listed: number;
  /** How many there will be, as far as can be told from how much of the range is listed; null while nobody knows. */
  readonly expected: number | null;
  /** Conversations a second, of late. Null at first, and while nobody works. */
  readonly rate: number | null;
  readonly inFlight: number;
  readonly inFlightLimit: number | null;
  /** Answers 429 since the watch began. */
  readonly refused: number;
  /** Null while nobody knows. */
  readonly secsLeft: number | null;
}

/** The rate is that of so long a time: shorter ones jump with every page of known conversations. */
const rateWindowMs = 30_000;
/** A rate over less than that says nothing. */
const rateSpanMinMs = 1000;
/** While less of the range is listed, what it will bring is a guess. */
const listedShareMin = 0.02;

/** Makes the function that turns samples of one run, as they come, into its progress. */
export function makeProgress(): (sample: ProgressSample) => Progress {
  const recent: { atMs: number; done: number }[] = [];
  let refusedBefore: number | null = null;
  let refusedLast = 0;

  /** Workers come and go, and their counts with them: only growth counts. */
  function refusedSince(refused: number): number {
    refusedBefore ??= refused;
    if (refused < refusedLast) refusedBefore -= refusedLast - refused;
    refusedLast = refused;
    return refused - refusedBefore;
  }

  return ({ run, counts, workers, atMs }) => {
    const listed = counts.listed + counts.rechecked;
    const done = listed - counts.pending;
    const state =
      run.finishedAt !== null
        ? 'ended'
        : run.isInterrupted
          ? 'interrupted'
          : run.state === 'paused'
            ? 'paused'
            : 'running';
    // What was done before a pause says nothing of what comes after it.
    if (state !== 'running') recent.length = 0;
    recent.push({ atMs, done });
    while (recent.length > 2 && atMs - recent[1]!.atMs >= rateWindowMs) recent.shift();
    const first = recent[0]!;
    const spanMs = atMs - first.atMs;
    const rate = spanMs < rateSpanMinMs ? null : Math.max(0, ((done - first.done) / spanMs) * 1000);
    const share = run.windows === 0 ? 1 : run.listedShare;
    const expected = share === null || share < listedShareMin ? null : Math.max(listed, Math.round(listed / share));
    return {
      runId: run.runId,
      state,
      windowsEnded: run.windows - run.windowsOpen,
      windows: run.windows,
      done,
      listed,
      expected,
      rate,
      inFlight: workers.inFlight,
      inFlightLimit: workers.inFlightLimit,
      refused: refusedSince(workers.refused),
      secsLeft: expected === null || rate === null || rate === 0 ? null : (expected - done) / rate,
    };
  };
}
