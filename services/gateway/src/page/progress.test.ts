import type { ListedRun } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { runProgress, runShare, runState, secsLeft } from './progress.ts';

const run: ListedRun = {
  runId: 7,
  kind: 'backfill',
  state: 'running',
  sourceId: 'support',
  sourceIds: ['support'],
  range: null,
  filters: {},
  startedAt: new Date('2026-09-01T10:00:00Z'),
  finishedAt: null,
  isRequested: false,
  pausedAt: null,
  resumedAt: null,
  pausedMs: 0,
  cancelledAt: null,
  isInterrupted: false,
  windows: 8,
  windowsOpen: 4,
  windowsFailed: 0,
  windowsCancelled: 0,
  pages: 10,
  rowsListed: 100,
  listedShare: null,
  failuresOpen: 0,
  ended: null,
  counts: { listed: 100, rechecked: 0, fetched: 50, loaded: 50, unchanged: 0, failed: 0, gone: 0, cancelled: 0 },
  pending: 50,
};
const now = new Date('2026-09-01T10:10:00Z');

test('the share is what is listed of the range, and of that what has ended', () => {
  expect(runShare(run)).toBe(0.25);
  expect(runShare({ ...run, listedShare: 0.8 })).toBe(0.4);
  expect(runShare({ ...run, windows: 0, windowsOpen: 0 })).toBe(0.5);
  expect(runShare({ ...run, counts: { ...run.counts, listed: 0 }, pending: 0 })).toBe(0.5);
  expect(runShare({ ...run, finishedAt: now })).toBe(1);
});

test('what is left is told by the pace so far, without the pauses, and not before anybody can tell', () => {
  expect(secsLeft(run, now)).toBe(1800);
  expect(secsLeft({ ...run, pausedMs: 300_000 }, now)).toBe(900);
  expect(secsLeft({ ...run, pending: 99 }, now)).toBeNull();
  expect(secsLeft({ ...run, state: 'paused' }, now)).toBeNull();
  expect(secsLeft({ ...run, isInterrupted: true }, now)).toBeNull();
  expect(runProgress(run, now).html).toContain('10 min, about 30 min left');
});

test('the state is said in words: waiting to be planned, and nobody at work, too', () => {
  expect(runState(run).html).toContain('>running<');
  expect(runState({ ...run, isRequested: true }).html).toContain('>waits to be planned<');
  expect(runState({ ...run, isInterrupted: true }).html).toContain('>nobody works on it<');
  expect(runState({ ...run, state: 'finished_with_failures', finishedAt: now }).html).toContain('>with failures<');
});
