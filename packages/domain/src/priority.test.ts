import { expect, test } from 'vitest';
import { priorityFor } from './priority.ts';

test('what is new goes live, a recheck is a refresh, history is a backfill', () => {
  expect(priorityFor('poll')).toBe('live');
  expect(priorityFor('webhook')).toBe('live');
  expect(priorityFor('refresh')).toBe('refresh');
  expect(priorityFor('backfill')).toBe('backfill');
});
