import { expect, test } from 'vitest';
import { laneOf } from './lane.ts';

test('what is new goes live, a recheck is a refresh, history is a backfill', () => {
  expect(laneOf('poll')).toBe('live');
  expect(laneOf('webhook')).toBe('live');
  expect(laneOf('refresh')).toBe('refresh');
  expect(laneOf('backfill')).toBe('backfill');
});
