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

describe('what the API tells since 2.78', () => {
  it('gives a guardrail a row of its own, and keeps the list of the turn', () => {
    const { rows, drift } = mapDetail({
      conversation_id: 'conv_1',
      transcript: [
        {
          triggered_guardrails: [
            { guardrail_type: 'profanity', execution_mode: 'streaming' },
            null,
            { guardrail_details: { type: 'classifier', score: 0.9, threshold: 0.8, novel: 1 } },
          ],
        },
      ],
    });
    expect(rows.guardrailTriggers).toMatchObject([
      { trigger_index: 0, guardrail_type: 'profanity', execution_mode: 'streaming', score: null },
      { trigger_index: 1, guardrail_type: null },
      { trigger_index: 2, judged_by: 'classifier', score: 0.9, extra: '{"guardrail_details":{"novel":1}}' },
    ]);
    expect(rows.transcriptTurns[0]?.guardrails).toContain('profanity');
    expect(drift).toEqual([
      { path: 'transcript[].triggered_guardrails[]', kind: 'changed_type', seen: 'null' },
      { path: 'transcript[].triggered_guardrails[].guardrail_details.novel', kind: 'unknown_key', seen: 'number' },
    ]);
  });

  it('says when a turn was to the millisecond, where the source tells it', () => {
    const { rows } = mapDetail({
      conversation_id: 'conv_1',
      metadata: { start_time_unix_secs: 1_700_000_000 },
      transcript: [{ time_in_call_secs: 3, created_at_unix_ms: 1_700_000_003_250 }, { time_in_call_secs: 4 }],
    });
    expect(rows.transcriptTurns.map((turn) => turn.said_at)).toEqual([
      '2023-11-14T22:13:23.250000Z',
      '2023-11-14T22:13:24.000Z',
    ]);
  });

  it('counts messages as the source does where no list row tells them: turns with a text', () => {
    const transcript = [{ message: 'Hello' }, { message: null, tool_calls: [{}] }, { message: ' ' }, { message: 'Hi' }];
    const of = (more: object, listed?: Record<string, unknown>) =>
      mapDetail({ conversation_id: 'conv_1', transcript, ...more }, { listed: listed ?? null }).rows.conversation;
    expect(of({})).toMatchObject({ message_count: 2, turn_count: 4 });
    expect(of({ user_message_count: 1, agent_message_count: 2 })).toMatchObject({ message_count: 3 });
    expect(of({}, { message_count: 4, user_message_count: 3 })).toMatchObject({
      message_count: 4,
      user_message_count: 3,
      agent_message_count: null,
    });
  });

  it('takes the result of the call from WhatsApp where there was no phone call, and the cost from the list row where the detail has none', () => {
    const { rows } = mapDetail(
      { conversation_id: 'conv_1', metadata: { whatsapp: { call_result: 'no_answer' } } },
      { listed: { cost: 12, cost_fiat: 0.5 } },
    );
    expect(rows.conversation).toMatchObject({ call_result: 'no_answer', cost_credits: 12, cost_usd: 0.5 });
  });

  it('gives each agent that was judged by itself a row', () => {
    const { rows } = mapDetail({
      conversation_id: 'conv_1',
      analysis: {
        scoped: [
          { scope: 'agent', source_agent_id: 'a', successful: 'success', evaluation_criteria_results: { polite: {} } },
          { scope: 'agent', source_agent_id: 'b', successful: 'failure', success_score: 0.2 },
        ],
      },
    });
    expect(rows.agentEvaluations).toMatchObject([
      { scope_index: 0, agent_id: 'a', call_successful: 'success', evaluation_results: '{"polite":{}}' },
      { scope_index: 1, agent_id: 'b', call_successful: 'failure', success_score: 0.2 },
    ]);
  });

  it('gives a chunk that a tool found a row, nested ones under their flattened result', () => {
    const found = {
      result: { result_type: 'knowledge_base_success', chunks: [{ chunk_id: 'c', content: 'Open' }, 1] },
    };
    const { rows } = mapDetail({
      conversation_id: 'conv_1',
      transcript: [{ tool_results: [{ result: { steps: [{ results: [found] }] } }] }],
    });
    expect(rows.toolResultChunks).toMatchObject([
      { turn_index: 0, result_index: 1, chunk_index: 0, chunk_id: 'c', content: 'Open' },
      { turn_index: 0, result_index: 1, chunk_index: 1, chunk_id: null },
    ]);
  });
});
