import { describe, expect, it } from 'vitest';
import { mapDetail } from './rows-testing.ts';

const conversation_id = 'conv_1';

describe('a turn’s metrics', () => {
  const record = { elapsed_time: 0.25 };

  it('read the same in both shapes', () => {
    const map = (conversation_turn_metrics: unknown): unknown =>
      mapDetail({ conversation_id, transcript: [{ conversation_turn_metrics }] }).rows.turnMetrics;
    expect(map({ ttfb: record, tts: { elapsed_time: '0.5' } })).toEqual(
      map({ metrics: { ttfb: record, tts: { elapsed_time: 0.5 } } }),
    );
  });

  it('stand once where both shapes name a metric', () => {
    const { rows } = mapDetail({
      conversation_id,
      transcript: [
        {
          conversation_turn_metrics: {
            metrics: { ttfb: record },
            ttfb: { elapsed_time: 9 },
            convai_tts_model: 'm',
            novel: 1,
          },
        },
      ],
    });
    expect(rows.turnMetrics.map((row) => [row.metric, row.elapsed_secs])).toEqual([['ttfb', 0.25]]);
    expect(rows.transcriptTurns[0]).toMatchObject({
      tts_model: 'm',
      extra: '{"conversation_turn_metrics":{"novel":1}}',
    });
  });
});

describe('judgements', () => {
  it('merge the map, the list and the list row: the first that has an id wins', () => {
    const { rows } = mapDetail(
      {
        conversation_id,
        analysis: {
          evaluation_criteria_results: { a: { result: 'success' }, gone: null },
          evaluation_criteria_results_list: [
            { criteria_id: 'a', result: 'failure' },
            { criteria_id: 'b', result: 'failure' },
            { criteria_id: 'b', result: 'unknown' },
            { result: 'nobody’s' },
            'noise',
          ],
        },
      },
      { listed: { evaluation_criteria_results: { b: { result: 'success' }, c: { result: 'unknown' } } } },
    );
    expect(rows.evaluationResults.map((row) => [row.criteria_id, row.result])).toEqual([
      ['a', 'success'],
      ['b', 'failure'],
      ['c', 'unknown'],
    ]);
  });

  it('have collected values of any JSON type', () => {
    const values = { s: 'x', i: 5, f: 2.5, b: false, o: { a: [1] }, l: [1, 'x'], n: null, big: 7, none: undefined };
    const collected = Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { value }]));
    const text = JSON.stringify({ conversation_id, analysis: { data_collection_results: collected } });
    const { rows } = mapDetail(text.replace(':7}', ':9007199254740993}'));
    expect(
      rows.dataCollectionResults.map((row) => [
        row.data_collection_id,
        row.value_type,
        row.value,
        row.value_text,
        row.value_number,
        row.value_boolean,
      ]),
    ).toEqual([
      ['s', 'string', '"x"', 'x', null, null],
      ['i', 'number', '5', '5', 5, null],
      ['f', 'number', '2.5', '2.5', 2.5, null],
      ['b', 'boolean', 'false', 'false', null, false],
      ['o', 'object', '{"a":[1]}', '{"a":[1]}', null, null],
      ['l', 'array', '[1,"x"]', '[1,"x"]', null, null],
      ['n', 'null', null, null, null, null],
      ['big', 'number', '9007199254740993', '9007199254740993', 9007199254740992, null],
      ['none', null, null, null, null, null],
    ]);
  });
});

describe('money', () => {
  it('sums the four prices of a model as decimals, and never a credit', () => {
    const price = (tokens: number, amount: number): unknown => ({ tokens, price: amount });
    const { rows } = mapDetail({
      conversation_id,
      metadata: {
        cost: 50,
        charging: {
          llm_charge: 7,
          llm_usage: {
            initiated_generation: {
              model_usage: {
                a: {
                  input: price(1, 0.1),
                  input_cache_read: price(2, 0.2),
                  input_cache_write: price(3, 0.3),
                  output_total: price(4, 0.4),
                },
                b: { input: price(1, 0.0000001) },
                c: {},
              },
            },
          },
        },
      },
    });
    expect(rows.llmUsage.map((row) => [row.model, row.total_cost_usd])).toEqual([
      ['a', '1'],
      ['b', 1e-7],
      ['c', null],
    ]);
    expect(rows.conversation).toMatchObject({ cost_credits: 50, llm_credits: 7, cost_usd: null, llm_cost_usd: null });
  });
});

describe('retrieved chunks', () => {
  it('are used unless they, or the list of used ones, say otherwise', () => {
    const chunks = [{ chunk_id: 'a' }, { chunk_id: 'b' }, { chunk_id: 'c', is_used: false }];
    const usedOf = (info: Record<string, unknown>): unknown =>
      mapDetail({ conversation_id, transcript: [{ rag_retrieval_info: { chunks, ...info } }] }).rows.ragChunks.map(
        (row) => row.is_used,
      );
    expect(usedOf({})).toEqual([true, true, false]);
    expect(usedOf({ used_chunk_ids: ['b', 'c'] })).toEqual([false, true, false]);
    expect(usedOf({ used_chunk_ids: [] })).toEqual([false, false, false]);
  });
});

describe('files', () => {
  it('are one list, whichever key names them', () => {
    const filesOf = (turn: Record<string, unknown>): unknown =>
      mapDetail({ conversation_id, transcript: [turn] }).rows.transcriptTurns[0]?.file_inputs;
    expect(filesOf({ file_input: { file_id: 'a' } })).toBe('[{"file_id":"a"}]');
    expect(filesOf({ file_inputs: [{ file_id: 'a' }], file_input: { file_id: 'a' } })).toBe('[{"file_id":"a"}]');
    expect(filesOf({ file_inputs: [{ file_id: 'a' }], file_input: { file_id: 'b' } })).toBe(
      '[{"file_id":"a"},{"file_id":"b"}]',
    );
    expect(filesOf({})).toBeNull();
  });
});
