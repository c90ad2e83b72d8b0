import { expect, test } from 'vitest';
import { snakeJson } from './snake-json.ts';

test('names become snake case at every depth; values, dates and lists stay as they are', () => {
  const at = new Date('2026-09-10T10:00:00Z');
  const value = { sourceId: 'aB', at, missing: [{ isNewest: true, windowId: null }], filters: { agent_id: 'aB' } };
  expect(JSON.parse(snakeJson(value))).toEqual({
    source_id: 'aB',
    at: '2026-09-10T10:00:00.000Z',
    missing: [{ is_newest: true, window_id: null }],
    filters: { agent_id: 'aB' },
  });
});
