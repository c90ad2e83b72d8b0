import type { RunCounts, RunRow } from '@voxport/warehouse';
import { describe, expect, test } from 'vitest';
import { makeProgress, type Progress, type ProgressSample } from './progress.ts';
import { progressBar, progressLine } from './progress-text.ts';

const plain = (text: string): string => text;

/** A sample of a backfill of eight windows. */
function sample(
  atSecs: number,
  given: Partial<RunRow> & { listed: number; pending: number; refused?: number; inFlight?: number },
): ProgressSample {
  const { listed, pending, refused = 0, inFlight = 5, ...row } = given;
  const counts: RunCounts = {
    windows: 8,
    windowsOpen: 4,
    pages: 10,
    listed,
    rechecked: 0,
    fetched: 0,
    loaded: listed - pending,
    unchanged: 0,
    failed: 0,
    gone: 0,
    pending,
    cancelled: 0,
    windowsFailed: 0,
  };
  const run = {
    runId: 12,
    state: 'running',
    isInterrupted: false,
    finishedAt: null,
    windows: 8,
    windowsOpen: 4,
    listedShare: 0.5,
    ...row,
  } as RunRow;
  const workers = { workers: 1, inFlight, inFlightLimit: 15, requests: 100, refused };
  return { run, counts, workers, atMs: atSecs * 1000 };
}

describe('the progress of a run', () => {
  test('tells what is expected from how much of the range is listed, and the time left from the rate of late', () => {
    const progressOf = makeProgress();
    progressOf(sample(0, { listed: 1000, pending: 900 }));
    expect(progressOf(sample(10, { listed: 1000, pending: 600 }))).toMatchObject({
      done: 400,
      listed: 1000,
      expected: 2000,
      rate: 30,
      secsLeft: 1600 / 30,
      windowsEnded: 4,
      inFlight: 5,
      inFlightLimit: 15,
    });
  });

  test('says nothing of the whole while too little is listed, and nothing of a rate at first', () => {
    const first = makeProgress()(sample(0, { listed: 100, pending: 100, listedShare: 0.01 }));
    expect(first).toMatchObject({ expected: null, rate: null, secsLeft: null });
    expect(makeProgress()(sample(0, { listed: 100, pending: 100, listedShare: null })).expected).toBeNull();
  });

  test('expects what is listed where nothing is left to list, or there is nothing to list at all', () => {
    expect(makeProgress()(sample(0, { listed: 70, pending: 5, listedShare: 1 })).expected).toBe(70);
    expect(makeProgress()(sample(0, { listed: 70, pending: 5, windows: 0, listedShare: null })).expected).toBe(70);
  });

  test('forgets the rate of before a pause, and of longer ago than half a minute', () => {
    const progressOf = makeProgress();
    progressOf(sample(0, { listed: 1000, pending: 1000 }));
    expect(progressOf(sample(5, { listed: 1000, pending: 500, state: 'paused' }))).toMatchObject({
      state: 'paused',
      rate: null,
    });
    progressOf(sample(100, { listed: 1000, pending: 500, state: 'paused' }));
    expect(progressOf(sample(110, { listed: 1000, pending: 490 })).rate).toBe(1);
    for (let secs = 111; secs <= 160; secs += 1) progressOf(sample(secs, { listed: 1000, pending: 490 }));
    expect(progressOf(sample(161, { listed: 1000, pending: 490 }))).toMatchObject({ rate: 0, secsLeft: null });
  });

  test('counts the answers 429 since it is watched, through workers that come and go', () => {
    const progressOf = makeProgress();
    const refusedAt = (secs: number, refused: number): number =>
      progressOf(sample(secs, { listed: 10, pending: 5, refused })).refused;
    expect([refusedAt(0, 100), refusedAt(1, 107), refusedAt(2, 3), refusedAt(3, 5)]).toEqual([0, 7, 7, 9]);
  });
});

describe('in a terminal', () => {
  const progressOf = makeProgress();
  progressOf(sample(0, { listed: 10_000, pending: 9000 }));
  const progress = progressOf(sample(10, { listed: 10_000, pending: 8000, refused: 3 }));

  test('it is one line with everything', () => {
    expect(progressBar(progress, 200, plain)).toBe(
      'run 12  ██░░░░░░░░░░░░░░░░░░░░░░  10%  2,000/~20,000 conversations  windows 4/8  100/s  in flight 5/15  429s 3  ETA 3 min',
    );
  });

  test('it is always narrower than the terminal, and what matters most stays', () => {
    for (let columns = 1; columns <= 140; columns += 1) {
      expect(progressBar(progress, columns, plain).length).toBeLessThan(Math.max(columns, 1) + (columns === 1 ? 1 : 0));
    }
    expect(progressBar(progress, 55, plain)).toBe('10%  2,000/~20,000 conversations  100/s  ETA 3 min');
    expect(progressBar(progress, 10, plain)).toBe('10%');
  });

  test('a run that is paused, or that nobody works on, says so', () => {
    const paused: Progress = { ...progress, state: 'paused', rate: null, secsLeft: null };
    expect(progressBar(paused, 80, plain)).toContain('paused');
    expect(progressBar({ ...paused, state: 'interrupted' }, 120, plain)).toContain('interrupted: nobody works on it');
  });

  test('only the bar is coloured, and the bar is never full before the end', () => {
    const painted = progressBar({ ...progress, done: 20_000 }, 200, (text) => `<${text}>`);
    expect(painted).toMatch(/<█+>  99%/u);
    expect(painted.match(/</gu)).toHaveLength(1);
  });
});

test('without a terminal it is a sentence', () => {
  const progressOf = makeProgress();
  progressOf(sample(0, { listed: 10_000, pending: 9000 }));
  expect(progressLine(progressOf(sample(10, { listed: 10_000, pending: 8000, refused: 3 })))).toBe(
    'run 12: 2,000 of about 20,000 conversations, windows 4/8, 100 a second, 5 of 15 requests in flight, 3 answered 429, about 3 min left',
  );
  const unknown = makeProgress()(sample(0, { listed: 100, pending: 40, listedShare: null, state: 'paused' }));
  expect(progressLine(unknown)).toBe(
    'run 12: paused, 60 of 100 conversations listed so far, windows 4/8, 5 of 15 requests in flight, 0 answered 429',
  );
});
