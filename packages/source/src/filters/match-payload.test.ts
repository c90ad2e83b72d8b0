import type { ListFilters } from '@voxport/domain';
import { describe, expect, test } from 'vitest';
import { matchPayload } from './match-payload.ts';

const data = {
  agent_id: 'one',
  branch_id: null,
  status: 'done',
  user_id: 'somebody',
  metadata: {
    start_time_unix_secs: Date.parse('2026-09-10T12:00:00Z') / 1000,
    call_duration_secs: 60,
    main_language: 'de',
    text_only: false,
    termination_reason: 'Call ended by remote party',
    conversation_initiation_source: 'twilio',
  },
  analysis: { call_successful: 'success' },
};

const match = (filters: ListFilters, since: Date | null = null, changes: object = {}) =>
  matchPayload({ filters, since }, { ...data, ...changes });

describe('a payload', () => {
  test.each<ListFilters>([
    {},
    { agent_id: 'one', user_id: 'somebody', call_successful: 'success' },
    { call_duration_min_secs: 60, call_duration_max_secs: 60, text_only: false },
    { main_languages: ['en', 'de'], exclude_statuses: ['failed'], conversation_initiation_source: 'twilio' },
    { termination_reasons: ['Call ended by remote party'] },
    // They filter nothing.
    { evaluation_criteria_ids: ['x'], data_collection_ids: ['y'], include_invalid_tool_calls: true },
  ])('matches %j', (filters) => {
    expect(match(filters)).toEqual({ kind: 'matches' });
  });

  test.each<ListFilters>([
    { agent_id: 'other' },
    { user_id: 'other' },
    { call_successful: 'failure' },
    { call_duration_min_secs: 61 },
    { call_duration_max_secs: 59 },
    { text_only: true },
    { main_languages: ['en'] },
    { exclude_statuses: ['done'] },
    { termination_reasons: ['other'] },
    { conversation_initiation_source: 'web' },
  ])('differs from %j, whatever else only the list can tell', (filters) => {
    expect(match({ search: 'refund', ...filters })).toEqual({ kind: 'differs', setting: Object.keys(filters)[0] });
  });

  test.each<ListFilters>([{ search: 'refund' }, { branch_id: 'b' }, { tag_ids: ['x'] }, { call_successful: 'error' }])(
    'does not tell whether it is shown with %j',
    (filters) => {
      expect(match(filters)).toEqual({ kind: 'cannot_tell', setting: Object.keys(filters)[0] });
    },
  );

  test('is compared with since by the start of its call', () => {
    expect(match({}, new Date('2026-09-10T12:00:00Z'))).toEqual({ kind: 'matches' });
    expect(match({}, new Date('2026-09-10T12:00:01Z'))).toEqual({ kind: 'differs', setting: 'since' });
    expect(match({}, new Date('2026-09-01'), { metadata: {} })).toEqual({ kind: 'cannot_tell', setting: 'since' });
  });
});
