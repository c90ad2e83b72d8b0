import { TerminalFailure } from '@voxport/domain';
import { describe, expect, it } from 'vitest';
import { driftEntriesMax } from './read/drift-log.ts';
import { mapConversation } from './map-conversation.ts';
import { mapDetail, nonconformities, rowsByTable } from './rows-testing.ts';

const conversation_id = 'conv_1';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function failureOf(body: Uint8Array, dialect: 'elevenlabs' | 'voiceable' = 'elevenlabs'): TerminalFailure {
  try {
    mapConversation({ sourceId: 'source', conversationId: conversation_id, dialect, body, listed: null });
  } catch (error) {
    if (error instanceof TerminalFailure) return error;
    throw error;
  }
  throw new Error('mapped');
}

describe('an unusable payload', () => {
  it.each([
    ['no JSON', '<html>504</html>', 'not JSON'],
    ['cut', '{"conversation_id":"conv_1","transcript":[', 'not JSON'],
    ['empty', '', 'not JSON'],
    ['a list', '[{"conversation_id":"conv_1"}]', 'not an object'],
    ['null', 'null', 'not an object'],
    ['a number', '12345678901234567890', 'not an object'],
    ['without an id', '{"id":"conv_1"}', 'no conversation id'],
    ['with an id of null', '{"conversation_id":null}', 'no conversation id'],
    ['another conversation', '{"conversation_id":"conv_2"}', 'that of another conversation'],
  ])('is refused when it is %s, with the bytes as evidence', (_, text, reason) => {
    const body = encode(text);
    const failure = failureOf(body);
    expect(failure).toMatchObject({ code: 'unusable_payload', body });
    expect(failure.message).toContain(reason);
  });

  it('is refused when a proxy’s envelope holds none, or several', () => {
    for (const data of ['null', '[]', '[{"id":"conv_1"},{"id":"conv_1"}]', '{"id":"conv_2"}']) {
      expect(failureOf(encode(`{"status":{"code":200},"data":${data}}`), 'voiceable').code).toBe('unusable_payload');
    }
  });
});

describe('a conversation', () => {
  it('maps from nothing but its id', () => {
    const { rows, drift } = mapDetail({ conversation_id });
    expect(rows.conversation).toMatchObject({ source_id: 'source', conversation_id, turn_count: null, tool_names: [] });
    expect(rowsByTable(rows).flatMap(([, of]) => of)).toHaveLength(1);
    expect(drift).toEqual([]);
  });

  it('takes explicit nulls and empty maps for nothing', () => {
    const { rows, drift } = mapDetail({
      conversation_id,
      agent_id: null,
      metadata: null,
      analysis: {
        evaluation_criteria_results: {},
        data_collection_results: null,
        evaluation_criteria_results_list: [],
      },
      conversation_initiation_client_data: { dynamic_variables: {} },
      transcript: [],
    });
    expect(rows.conversation).toMatchObject({
      agent_id: null,
      turn_count: 0,
      message_count: 0,
      dynamic_variables: '{}',
    });
    expect(drift).toEqual([]);
  });

  it('prefers the detail, and fills its gaps from the list row', () => {
    const listed = {
      agent_id: 'listed',
      agent_name: 'Listed',
      start_time_unix_secs: 1_700_000_000,
      message_count: 7,
      tool_names: ['x'],
      rating: 4.5,
      tag_ids: ['t'],
      sentiment_analysis: { overall_label: 'happy', overall_sentiment_score: 0.5 },
    };
    const { rows } = mapDetail({ conversation_id, agent_id: 'detail', transcript: [{}, {}] }, { listed });
    expect(rows.conversation).toMatchObject({
      agent_id: 'detail',
      agent_name: 'Listed',
      started_at: '2023-11-14T22:13:20.000Z',
      message_count: 7,
      turn_count: 2,
      tool_names: ['x'],
      rating: 4.5,
      tag_ids: ['t'],
      sentiment_label: 'happy',
      sentiment_score: 0.5,
    });
  });

  it('keeps what it does not know in extra, in the payload’s own nesting, and reports each path once', () => {
    const turn = {
      novel: [1],
      llm_usage: { model_usage: { m: { input: { tokens: 1, cents: 2 }, thinking: { tokens: 9 } } } },
    };
    const { rows, drift } = mapDetail(
      {
        conversation_id,
        list: 'taken',
        metadata: { charging: { novel: true }, error: { code: 1, hint: 'x' } },
        transcript: [turn, turn, { rag_retrieval_info: { chunks: [{}, { page: 3 }] } }],
      },
      { listed: { novel: 'in the list' } },
    );
    expect(JSON.parse(rows.conversation.extra ?? '')).toEqual({
      list: 'taken',
      list_: { novel: 'in the list' },
      metadata: { charging: { novel: true }, error: { hint: 'x' } },
    });
    expect(rows.transcriptTurns.map((row) => JSON.parse(row.extra ?? 'null') as unknown)).toEqual([
      { novel: [1], llm_usage: { model_usage: { m: { input: { cents: 2 }, thinking: { tokens: 9 } } } } },
      { novel: [1], llm_usage: { model_usage: { m: { input: { cents: 2 }, thinking: { tokens: 9 } } } } },
      { rag_retrieval_info: { chunks: { 1: { page: 3 } } } },
    ]);
    expect(drift).toEqual([
      { path: 'list', kind: 'unknown_key', seen: 'string' },
      { path: 'conversations[].novel', kind: 'unknown_key', seen: 'string' },
      { path: 'metadata.charging.novel', kind: 'unknown_key', seen: 'boolean' },
      { path: 'metadata.error.hint', kind: 'unknown_key', seen: 'string' },
      { path: 'transcript[].novel', kind: 'unknown_key', seen: 'array' },
      { path: 'transcript[].llm_usage.model_usage{}.thinking', kind: 'unknown_key', seen: 'object' },
      { path: 'transcript[].llm_usage.model_usage{}.input.cents', kind: 'unknown_key', seen: 'number' },
      { path: 'transcript[].rag_retrieval_info.chunks[].page', kind: 'unknown_key', seen: 'number' },
    ]);
  });

  it('reports new words of the vocabularies, and keeps them', () => {
    const { rows, drift } = mapDetail({ conversation_id, status: 'archived', transcript: [{ role: 'observer' }] });
    expect(rows.conversation.status).toBe('archived');
    expect(rows.transcriptTurns[0]?.role).toBe('observer');
    expect(drift).toEqual([
      { path: 'transcript[].role', kind: 'new_value', seen: 'observer' },
      { path: 'status', kind: 'new_value', seen: 'archived' },
    ]);
  });

  it('keeps integers beyond 53 bits, and loses those beyond 64', () => {
    const text = `{"conversation_id":"conv_1","metadata":{"error":{"code":9007199254740993},"feedback":{"dislikes":9223372036854775808},
      "cost":1234567890.12345678901234567890,"charging":{"platform_usage":{"n":9007199254740993}}}}`;
    const { rows, drift } = mapDetail(text);
    expect(rows.conversation).toMatchObject({
      error_code: '9007199254740993',
      dislikes: null,
      cost_credits: '1234567890.12345678901234567890',
      platform_usage: '{"n":9007199254740993}',
    });
    expect(drift).toEqual([{ path: 'metadata.feedback.dislikes', kind: 'changed_type', seen: 'number out of range' }]);
  });

  it('replaces what Postgres cannot store in texts, JSON, keys and embedded JSON, and counts it', () => {
    const text = `{"conversation_id":"conv_1","agent_name":"a\\u0000","tag_ids":["\\ud800"],
      "metadata":{"sms":{"k\\u0000":"\\udfff"}},"transcript":[{"message":"\\ud83d\\ude00 \\ud83d",
      "tool_calls":[{"params_as_json":"{\\"a\\":\\"\\\\u0000\\",\\"b\\":\\"\\ud800\\"}"}],
      "llm_usage":{"model_usage":{"m\\u0000":{},"m\\ufffd":{}}}}]}`;
    const { rows, drift } = mapDetail(text);
    expect(rows.conversation).toMatchObject({
      agent_name: 'a\uFFFD',
      tag_ids: ['\uFFFD'],
      sms: '{"k\uFFFD":"\uFFFD"}',
    });
    expect(rows.transcriptTurns[0]?.message).toBe('😀 \uFFFD');
    expect(rows.toolCalls[0]?.params).toBe('{"a":"\uFFFD","b":"\uFFFD"}');
    const alone = mapDetail(
      '{"conversation_id":"conv_1","transcript":[{"tool_calls":[{"params_as_json":"[\\"\\ud800\\"]"}]}]}',
    );
    expect(alone.rows.toolCalls[0]?.params).toBe('["\uFFFD"]');
    expect(rows.llmUsage.map(({ model }) => model)).toEqual(['m\uFFFD']);
    expect(new Set(drift.map(({ kind }) => kind))).toEqual(new Set(['unstorable_text']));
    expect(rowsByTable(rows).flatMap(([table, of]) => of.flatMap((row) => nonconformities(row, table)))).toEqual([]);
  });

  it('replaces bytes that are not UTF-8, and counts them', () => {
    const body = encode('{"conversation_id":"conv_1","agent_name":"a?"}');
    body[body.indexOf('?'.charCodeAt(0))] = 0xff;
    const { rows, drift } = mapConversation({
      sourceId: 's',
      conversationId: conversation_id,
      dialect: 'elevenlabs',
      body,
      listed: null,
    });
    expect(rows.conversation.agent_name).toBe('a\uFFFD');
    expect(drift).toEqual([{ path: '', kind: 'unstorable_text', seen: 'bytes that are not UTF-8' }]);
  });

  it('is not fooled by __proto__', () => {
    const text = `{"conversation_id":"conv_1","__proto__":{"agent_id":"polluted"},"metadata":{"__proto__":1,"sms":{"__proto__":{"x":1}}},
      "analysis":{"data_collection_results":{"__proto__":{"value":5}}},"transcript":[{"llm_usage":{"model_usage":{"__proto__":{"input":{"tokens":3}}}}}]}`;
    const { rows } = mapDetail(text);
    expect(rows.conversation).toMatchObject({ agent_id: null, sms: '{"__proto__":{"x":1}}' });
    expect(rows.conversation.extra).toBe('{"__proto__":{"agent_id":"polluted"},"metadata":{"__proto__":1}}');
    expect(rows.dataCollectionResults[0]).toMatchObject({ data_collection_id: '__proto__', value_number: 5 });
    expect(rows.llmUsage[0]).toMatchObject({ model: '__proto__', input_tokens: 3 });
    expect(({} as Record<string, unknown>)['agent_id']).toBeUndefined();
  });

  it('loses a time that is absurd, and nothing else', () => {
    const { rows, drift } = mapDetail({
      conversation_id,
      metadata: { start_time_unix_secs: 0, accepted_time_unix_secs: 4_102_444_800, call_duration_secs: 9 },
      transcript: [{ time_in_call_secs: 3 }],
    });
    expect(rows.conversation).toMatchObject({ started_at: null, accepted_at: null, ended_at: null, duration_secs: 9 });
    expect(rows.transcriptTurns[0]).toMatchObject({ time_in_call_secs: 3, said_at: null });
    expect(drift.map(({ path, seen }) => [path, seen])).toEqual([
      ['metadata.start_time_unix_secs', 'time out of range'],
      ['metadata.accepted_time_unix_secs', 'time out of range'],
    ]);
  });

  it('keeps a turn’s index beside items that are no objects', () => {
    const { rows, drift } = mapDetail({ conversation_id, transcript: [null, 'text', { role: 'user' }, 5, []] });
    expect(rows.transcriptTurns.map((turn) => [turn.turn_index, turn.role])).toEqual([
      [0, null],
      [1, null],
      [2, 'user'],
      [3, null],
      [4, null],
    ]);
    expect(rows.conversation.turn_count).toBe(5);
    expect(drift.map(({ seen }) => seen)).toEqual(['null', 'string', 'number', 'array']);
  });

  it('bounds what a payload of nothing but novelties can report', () => {
    const novelties = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`key ${n} ${'x'.repeat(500)}`, n]));
    const { drift } = mapDetail({ conversation_id, ...novelties });
    expect(drift).toHaveLength(driftEntriesMax + 1);
    expect(Math.max(...drift.map(({ path }) => path.length))).toBeLessThanOrEqual(300);
  });

  it('cuts JSON that Postgres would refuse for its depth, and keeps the conversation', () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    const { rows, drift } = mapDetail(
      `{"conversation_id":"conv_1","otlp_traces":${deep},"transcript":[{"tool_calls":[{"params_as_json":"${deep}"}]}]}`,
    );
    expect(rows.conversation.otlp_traces).toHaveLength(1_004);
    expect(rows.toolCalls[0]?.params).toHaveLength(1_004);
    expect(drift.map(({ path, seen }) => [path, seen])).toEqual([
      ['transcript[].tool_calls[].params_as_json', 'nested deeper than 500'],
      ['otlp_traces', 'nested deeper than 500'],
    ]);
  });

  it('maps 5,000 turns and 20 MB', () => {
    const turn = { role: 'user', message: 'm'.repeat(4_000), tool_calls: [{ tool_name: 't', params_as_json: '{}' }] };
    const { rows } = mapDetail({ conversation_id, transcript: Array.from({ length: 5_000 }, () => turn) });
    expect(rows.transcriptTurns).toHaveLength(5_000);
    expect(rows.toolCalls).toHaveLength(5_000);
  });
});
