import { expect, test } from 'vitest';
import { countTurns, findMissing } from './find-missing.ts';

const whole = { status: 'done', transcript: [{}, {}], metadata: {} };

test.each([
  [whole, null],
  [{ conversation_id: 'conv_1' }, 'no status and no transcript and no metadata'],
  [{ ...whole, transcript: null }, 'no transcript'],
  [{ ...whole, status: 3 }, 'no status'],
  [{ ...whole, metadata: [] }, 'no metadata'],
  // Left to the loader, which keeps it with the reason.
  [[1], null],
  ['text', null],
])('%j lacks %s', (json, missing) => {
  expect(findMissing(json)).toBe(missing);
});

test('turns are counted, unless the source says that it has removed them', () => {
  expect(countTurns(whole)).toBe(2);
  expect(countTurns({ ...whole, transcript: [] })).toBe(0);
  expect(countTurns({})).toBeNull();
  expect(countTurns({ ...whole, hiding_reason: 'policy' })).toBeNull();
  for (const key of ['deleted_transcript_at_time_unix_secs', 'deleted_logs_at_time_unix_secs']) {
    expect(countTurns({ ...whole, metadata: { deletion_settings: { [key]: 1 } } })).toBeNull();
    expect(countTurns({ ...whole, metadata: { deletion_settings: { [key]: null } } })).toBe(2);
  }
});
