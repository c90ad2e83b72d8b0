import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeFields } from '../elevenlabs/change-fields.ts';
import { changeFields as voiceableFields } from '../voiceable/change-fields.ts';
import { type ChangeFields, fingerprint } from './fingerprint.ts';
import type { JsonObject } from './values.ts';

const row = {
  agent_id: 'agent_1',
  agent_name: 'Test Agent',
  conversation_id: 'conv_1',
  start_time_unix_secs: 1782336379,
  call_duration_secs: 5,
  message_count: 2,
  status: 'done',
  termination_reason: 'Client disconnected: 1005',
  call_successful: 'success',
  transcript_summary: null,
  call_summary_title: 'Initial Greeting',
  main_language: 'en',
  tool_names: ['a', 'b'],
  tag_ids: null,
  direction: null,
  rating: null,
  sentiment_analysis: { overall_label: 'neutral', overall_sentiment_score: 0.5 },
};
const of = (value: JsonObject): string => fingerprint(value, changeFields);

describe('a fingerprint', () => {
  test('is 32 hex digits, and 8 more for each field that was added since', () => {
    expect(of(row)).toMatch(/^[0-9a-f]{32}-{16}$/);
    expect(of({ ...row, cost: 7, cost_fiat: null })).toMatch(/^[0-9a-f]{48}$/);
    expect(of({})).toMatch(/^[0-9a-f]{32}-{16}$/);
  });

  test('is the same today as when it was stored: a change of this value makes every conversation be fetched again', () => {
    expect(of(row).slice(0, 32)).toBe('550671b25253957029b2e0a6715510d2');
  });

  test.each([
    ['an unknown key', { ...row, brand_new: { deep: 1 } }],
    ['an unknown key in a known object', { ...row, sentiment_analysis: { ...row.sentiment_analysis, brand_new: 1 } }],
    ['a missing key instead of null', without(row, 'rating', 'tag_ids', 'direction')],
    ['an empty list instead of null', { ...row, tag_ids: [] }],
    ['another order of a list', { ...row, tool_names: ['b', 'a'] }],
    ['a number as text', { ...row, message_count: '2', start_time_unix_secs: '1782336379' }],
    ['an agent that was renamed', { ...row, agent_name: 'Other' }],
    ['a summary where there was none', { ...row, transcript_summary: 'They talked.' }],
  ])('does not change with %s', (_what, changed) => {
    expect(of(changed)).toBe(of(row));
  });

  test('does not change with the order of keys', () => {
    const entries = Object.entries(row);
    fc.assert(
      fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
        expect(of(Object.fromEntries(shuffled))).toBe(of(row));
      }),
    );
  });

  test('does not change with any unknown key', () => {
    const known = new Set([...changeFields.base, ...changeFields.added].map(([path]) => path.split('.')[0]));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (extra) => {
        const unknown = Object.fromEntries(Object.entries(extra).filter(([key]) => !known.has(key)));
        expect(of({ ...unknown, ...row })).toBe(of(row));
      }),
    );
  });

  const fieldsOf: ReadonlyArray<readonly [string, ChangeFields]> = [
    ['elevenlabs', changeFields],
    ['voiceable', voiceableFields],
  ];
  test.each(
    fieldsOf.flatMap(([dialect, fields]) =>
      [...fields.base, ...fields.added].map(([path, kind]) => ({ dialect, fields, path, kind })),
    ),
  )('of $dialect changes with $path', ({ fields, path, kind }) => {
    const value = { text: 'x', number: 7, flag: true, set: ['x'], length: [1, 2] }[kind];
    const set = (content: unknown): JsonObject =>
      path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), content) as JsonObject;
    const other = { text: 'y', number: 8, flag: false, set: ['x', 'y'], length: [1, 2, 3] }[kind];
    expect(new Set([undefined, value, other].map((content) => fingerprint(set(content), fields))).size).toBe(3);
  });

  test('two fields with their values exchanged differ', () => {
    expect(of({ rating: 4, call_success_score: null })).not.toBe(of({ rating: null, call_success_score: 4 }));
  });

  test('survives whatever a row holds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('status', 'rating', 'tag_ids', 'sentiment_analysis', 'feedback'), fc.jsonValue()),
        (odd) => {
          expect(of(odd)).toMatch(/^[0-9a-f]{32}-{16}$/);
        },
      ),
    );
  });
});

function without(value: JsonObject, ...keys: string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
