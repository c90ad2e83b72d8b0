import type { ListedConversation } from '@voxport/domain';
import { expect, test } from 'vitest';
import { keepInRange } from './keep-in-range.ts';

const nowMs = Date.parse('2026-11-29T00:00:00Z');
const range = { after: new Date('2026-11-27T00:00:00Z'), before: new Date('2026-11-28T00:00:00Z') };

function listed(startedAt: string | null): ListedConversation {
  return {
    conversationId: startedAt ?? 'unknown',
    agentId: null,
    startedAt: startedAt === null ? null : new Date(startedAt),
    status: 'done',
    isTerminal: true,
    fingerprint: '',
    row: {},
  };
}

test.each([
  ['2026-11-26T23:59:59Z', false],
  ['2026-11-27T00:00:00Z', true],
  ['2026-11-27T23:59:59Z', true],
  ['2026-11-28T00:00:00Z', false],
  // A clock that runs ahead is no reason to keep what the next window lists.
  ['2026-11-29T12:00:00Z', false],
  // No window is ever listed that would have them.
  ['2031-01-01T00:00:00Z', true],
  [null, true],
])('a call start of %s is kept: %s', (startedAt, isKept) => {
  expect(keepInRange([listed(startedAt)], range, nowMs)).toHaveLength(isKept ? 1 : 0);
});
