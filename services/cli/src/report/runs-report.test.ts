import type { RunRow } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import type { RunResult } from '../export/run-to-end.ts';
import { runText } from './run-report.ts';
import { stateOf } from './runs-report.ts';

const run = { runId: 1, state: 'running', isInterrupted: false, cancelledAt: null, pages: 0 } as RunRow;
const takenOver: RunRow = { ...run, state: 'cancelled' };

test.each<[string, RunRow]>([
  ['running', run],
  ['not begun', { ...run, isInterrupted: true }],
  ['interrupted', { ...run, isInterrupted: true, pages: 3 }],
  ['cancelled', { ...run, state: 'cancelled', cancelledAt: new Date(0) }],
  ['taken over', takenOver],
  ['with failures', { ...run, state: 'finished_with_failures' }],
])('a run is "%s"', (words, row) => {
  expect(stateOf(row)).toBe(words);
});

test('the command whose sync was taken over says the same as the list of runs, and tells it from one that was cancelled', () => {
  const zero = new Proxy({}, { get: () => 0 }) as RunResult['counts'];
  const result: RunResult = {
    runs: [{ sourceId: 'a', runId: 1 }],
    state: 'cancelled',
    isTakenOver: true,
    sourceIds: ['a'],
    counts: zero,
    recordings: null,
    durationMs: 1000,
    refused: [],
  };
  expect(runText(result)).toContain(stateOf(takenOver));
  expect(runText({ ...result, isTakenOver: false })).not.toContain('taken over');
});
