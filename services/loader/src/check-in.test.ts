import { expect, test } from 'vitest';
import { makeCheckInSecs, type CheckedPayload } from './check-in.ts';

const [hour, day] = [3600, 86_400];
const checkInSecs = makeCheckInSecs({ refreshSecs: [hour, day], retentionSecs: 730 * day });
const at = (time: string): string => `2026-06-24T${time}.000000Z`;

function payload(
  conversation: Partial<CheckedPayload['rows']['conversation']>,
  claimed: Partial<CheckedPayload['claimed']> = {},
): CheckedPayload {
  return {
    rows: { conversation: { status: 'done', started_at: at('10:00:00'), ended_at: at('10:05:00'), ...conversation } },
    claimed: { observedAt: at('10:06:00'), discoveredAt: at('10:01:00'), checks: 0, ...claimed },
  };
}

test('the age of a call that is over counts from its end', () => {
  expect(checkInSecs(payload({}))).toBe(hour - 60);
});

test('the age of a call that is under way counts from its start, that of one being analysed from its end', () => {
  const observedAt = at('10:12:00');
  expect(checkInSecs(payload({ status: 'in-progress', ended_at: at('10:11:59') }, { observedAt }))).toBe(300);
  expect(checkInSecs(payload({ status: 'processing', ended_at: at('10:11:59') }, { observedAt }))).toBe(30);
});

test('without a usable time, or with one that is still to come, it counts from when the conversation was first listed', () => {
  const unknown = { started_at: null, ended_at: null };
  expect(checkInSecs(payload(unknown))).toBe(hour - 300);
  const wrong = { started_at: '2031-01-01T00:00:00Z', ended_at: '2031-01-01T00:05:00Z' };
  expect(checkInSecs(payload(wrong))).toBe(hour - 300);
  expect(checkInSecs(payload(unknown, { discoveredAt: null }))).toBe(hour);
});
