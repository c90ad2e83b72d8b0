import { describe, expect, it } from 'vitest';
import { mapDetail } from './rows-testing.ts';

const conversation_id = 'conv_1';

/** The drift of a payload as `path: seen`. */
function driftOf(detail: Record<string, unknown>, listed: Record<string, unknown> | null = null): string[] {
  return mapDetail({ conversation_id, ...detail }, { listed }).drift.map(({ path, seen }) => `${path}: ${seen}`);
}

describe('what a payload loses', () => {
  it('is counted where an object or a list is of another type, and the cell is null', () => {
    const { rows } = mapDetail({
      conversation_id,
      visited_agents: {},
      metadata: { phone_call: 7, features_usage: [], voice_rewards: 'none' },
      analysis: { sentiment_analysis: 7, scoped: {} },
      transcript: [{ reasoning: 'because', multivoice_message: [], file_inputs: 'file' }],
    });
    expect(rows.conversation).toMatchObject({
      visited_agents: null,
      phone_call: null,
      features_usage: null,
      voice_rewards: null,
      sentiment: null,
      scoped_analysis: null,
    });
    expect(rows.transcriptTurns[0]).toMatchObject({ reasoning: null, multivoice: null, file_inputs: null });
    expect(driftOf({ visited_agents: {} })).toEqual(['visited_agents: object']);
    expect(driftOf({ metadata: { phone_call: 7, features_usage: [] } })).toEqual([
      'metadata.phone_call: number',
      'metadata.features_usage: array',
    ]);
    expect(driftOf({ analysis: { sentiment_analysis: 7 } })).toEqual(['analysis.sentiment_analysis: number']);
    expect(driftOf({ transcript: [{ file_inputs: 'file' }] })).toEqual(['transcript[].file_inputs: string']);
  });

  it('is counted where a result is a list, which is kept', () => {
    const { rows, drift } = mapDetail({ conversation_id, transcript: [{ tool_results: [{ result: [1] }] }] });
    expect(rows.toolResults[0]).toMatchObject({ result: '[1]', result_type: null });
    expect(drift).toEqual([{ path: 'transcript[].tool_results[].result', kind: 'changed_type', seen: 'array' }]);
  });

  it('is counted where a duration is absurd, and takes no time with it', () => {
    const { rows, drift } = mapDetail({
      conversation_id,
      metadata: { start_time_unix_secs: 1_782_336_379, call_duration_secs: 1e308 },
      transcript: [
        { time_in_call_secs: -3 },
        { conversation_turn_metrics: { metrics: { m: { elapsed_time: 1e300 } } } },
      ],
    });
    expect(rows.conversation).toMatchObject({ duration_secs: null, ended_at: null });
    expect(rows.transcriptTurns[0]).toMatchObject({ time_in_call_secs: null, said_at: null });
    expect(rows.turnMetrics[0]?.elapsed_secs).toBeNull();
    expect(drift.map(({ path, seen }) => [path, seen])).toEqual([
      ['transcript[].time_in_call_secs', 'negative number'],
      ['transcript[].conversation_turn_metrics.metrics{}.elapsed_time', 'number out of range'],
      ['metadata.call_duration_secs', 'number out of range'],
    ]);
  });

  it('is the second of two verdicts for one criterion: kept beside the first, and counted', () => {
    const { rows, drift } = mapDetail({
      conversation_id,
      analysis: {
        evaluation_criteria_results_list: [
          { criteria_id: 'polite', result: 'success' },
          { criteria_id: 'polite', result: 'failure', score: 0 },
        ],
      },
    });
    expect(rows.evaluationResults).toMatchObject([
      { criteria_id: 'polite', result: 'success', extra: expect.stringContaining('"result":"failure"') },
    ]);
    expect(drift.map(({ seen }) => seen)).toEqual(['another value under the same id']);
  });

  it('is not what the map and the list say alike', () => {
    const same = { result: 'success', rationale: 'it was' };
    expect(
      driftOf({
        analysis: {
          evaluation_criteria_results: { polite: { criteria_id: 'polite', ...same } },
          evaluation_criteria_results_list: [{ criteria_id: 'polite', name: 'Polite', ...same }],
        },
      }),
    ).toEqual([]);
  });

  it('is the id in an entry of a map that is not its key', () => {
    const { rows, drift } = mapDetail({
      conversation_id,
      analysis: { data_collection_results: { email: { data_collection_id: 'phone', value: 'a@b.c' } } },
    });
    expect(rows.dataCollectionResults).toMatchObject([{ data_collection_id: 'email' }]);
    expect(drift.map(({ path, seen }) => [path, seen])).toEqual([
      ['analysis.data_collection_results{}.data_collection_id', 'another id than its key'],
    ]);
  });

  it('is a flag that is no flag: null, and no fallback in its place', () => {
    const { rows, drift } = mapDetail({
      conversation_id,
      transcript: [{ rag_retrieval_info: { chunks: [{ chunk_id: 'a', is_used: 'banana' }, { chunk_id: 'b' }] } }],
    });
    expect(rows.ragChunks.map(({ is_used: isUsed }) => isUsed)).toEqual([null, true]);
    expect(drift).toHaveLength(1);
  });
});

describe('a collected value', () => {
  const collect = (value: unknown, type: unknown) => {
    const text = JSON.stringify({ value: 0, json_schema: { type } }).replace('0', value as string);
    const { rows, drift } = mapDetail(
      `{"conversation_id":"conv_1","analysis":{"data_collection_results":{"point":${text}}}}`,
    );
    const { value_text: asText, value_number: asNumber, value_boolean: asBoolean } = rows.dataCollectionResults[0]!;
    return { asText, asNumber, asBoolean, drift: drift.map(({ seen }) => seen) };
  };

  it.each([
    ['"42"', 'integer', { asText: '42', asNumber: 42, asBoolean: null }],
    ['" 4.5 "', 'number', { asText: ' 4.5 ', asNumber: 4.5, asBoolean: null }],
    ['"true"', 'boolean', { asText: 'true', asNumber: null, asBoolean: true }],
    ['"False"', 'boolean', { asText: 'False', asNumber: null, asBoolean: false }],
    ['"42"', 'string', { asText: '42', asNumber: null, asBoolean: null }],
    ['"42"', ['null', 'integer'], { asText: '42', asNumber: 42, asBoolean: null }],
    ['42', 'string', { asText: '42', asNumber: 42, asBoolean: null }],
    ['"many"', 'integer', { asText: 'many', asNumber: null, asBoolean: null }],
    ['true', 'boolean', { asText: 'true', asNumber: null, asBoolean: true }],
  ])('of %s, by its schema %j', (value, type, expected) => {
    expect(collect(value, type)).toEqual({ ...expected, drift: [] });
  });

  it('of a size that no double has is in its text, and counted', () => {
    expect(collect('1e999', 'number')).toEqual({
      asText: '1e999',
      asNumber: null,
      asBoolean: null,
      drift: ['number out of range'],
    });
  });

  it('may stand bare in a list row', () => {
    const { rows, drift } = mapDetail({ conversation_id }, { listed: { data_collection_results: { a: 5, b: null } } });
    expect(rows.dataCollectionResults).toMatchObject([{ data_collection_id: 'a', value_number: 5 }]);
    expect(drift).toEqual([]);
  });
});

describe('a detail with fewer turns than its list row has messages', () => {
  const short = { path: 'transcript', kind: 'missing_items', seen: 'fewer turns than the list counts' };
  const driftWith = (detail: object, message_count: unknown) =>
    mapDetail({ conversation_id: 'conv_1', ...detail }, { listed: { message_count } }).drift;

  it.each([[{ transcript: null }], [{ transcript: [] }], [{}], [{ transcript: [{ message: 'a' }] }]])(
    'is told: %j',
    (detail) => {
      expect(driftWith(detail, 4)).toEqual([short]);
    },
  );

  it('is none where the turns are there, with a text or without one, or where retention has deleted them', () => {
    expect(driftWith({ transcript: [{ message: 'a' }, { message: null }] }, 2)).toEqual([]);
    expect(driftWith({ transcript: [] }, 0)).toEqual([]);
    const deletion_settings = { deleted_transcript_at_time_unix_secs: 1_790_000_000 };
    expect(driftWith({ transcript: [], metadata: { deletion_settings } }, 4)).toEqual([]);
  });
});
