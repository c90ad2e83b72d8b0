import { describe, expect, it } from 'vitest';
import { mapDetail } from './rows-testing.ts';
import { wholeResultDepthMax } from './tool-results.ts';

const call = (tool_name: string): Record<string, unknown> => ({
  type: 'webhook',
  tool_name,
  request_id: `of ${tool_name}`,
});
const workflow = (tool_name: string, steps: unknown[]): Record<string, unknown> => ({
  type: 'workflow',
  tool_name,
  result: { steps },
});
const nested = (node_id: string, requests: unknown[], results: unknown[]): Record<string, unknown> => ({
  type: 'nested_tools',
  node_id,
  step_latency_secs: 0.5,
  is_successful: true,
  requests,
  results,
});

function mapTurn(turn: Record<string, unknown>): ReturnType<typeof mapDetail> {
  return mapDetail({ conversation_id: 'conv_1', transcript: [{ role: 'agent' }, turn] });
}

describe('a turn’s tools', () => {
  const turn = {
    tool_calls: [call('a'), call('notify_condition_2_met')],
    tool_results: [
      workflow('outer', [
        { type: 'edge', edge_id: 'e', target_node_id: 'n1' },
        nested('n1', [call('b')], [workflow('inner', [nested('n2', [call('c')], [{ tool_name: 'leaf' }])])]),
        nested('n3', [call('d')], [{ tool_name: 'notify_condition_1_met' }]),
      ]),
      { tool_name: 'last' },
    ],
  };
  const { rows, drift } = mapTurn(turn);

  it('are flattened depth first, with the way back to the top', () => {
    const places = rows.toolResults.map((row) => [
      row.result_index,
      row.tool_name,
      row.parent_result_index,
      row.depth,
      row.step_index,
      row.workflow_node_id,
    ]);
    expect(places).toEqual([
      [0, 'outer', null, 0, null, null],
      [1, 'inner', 0, 1, 1, 'n1'],
      [2, 'leaf', 1, 2, 0, 'n2'],
      [3, 'notify_condition_1_met', 0, 1, 2, 'n3'],
      [4, 'last', null, 0, null, null],
    ]);
    expect(drift).toEqual([]);
  });

  it('have the calls inside a workflow after the turn’s own, in the order of the walk', () => {
    expect(rows.toolCalls.map((row) => [row.call_index, row.tool_name, row.parent_result_index, row.depth])).toEqual([
      [0, 'a', null, 0],
      [1, 'notify_condition_2_met', null, 0],
      [2, 'b', 0, 1],
      [3, 'c', 1, 2],
      [4, 'd', 0, 1],
    ]);
  });

  it('are counted on the turn without the nested ones', () => {
    expect(rows.transcriptTurns[1]).toMatchObject({ tool_call_count: 2, tool_result_count: 2 });
  });

  it('mark routing, which is no tool use, by the name alone', () => {
    expect(rows.toolCalls.map((row) => row.is_routing)).toEqual([false, true, false, false, false]);
    expect(rows.toolResults.map((row) => row.is_routing)).toEqual([false, false, false, true, false]);
    expect(rows.conversation.tool_names).toEqual(['a', 'b', 'c', 'd']);
  });

  it('take any depth, and repeat what is nested only in the upper levels', () => {
    const depth = 10_000;
    const open = '{"tool_name":"deep","result":{"steps":[{"type":"nested_tools","node_id":"n","results":[';
    const text = `{"conversation_id":"conv_1","transcript":[{"tool_results":[${open.repeat(depth)}${']}]}}'.repeat(depth)}]}]}`;
    const mapped = mapDetail(text);
    expect(mapped.rows.toolResults).toHaveLength(depth);
    expect(mapped.rows.toolResults.at(-1)).toMatchObject({ depth: depth - 1, parent_result_index: depth - 2 });
    const lengths = mapped.rows.toolResults.map((row) => row.result?.length ?? 0);
    expect(Math.max(...lengths.slice(wholeResultDepthMax))).toBeLessThan(100);
    expect(lengths.reduce((left, right) => left + right)).toBeLessThan(text.length * 2);
  });

  it('hide header values in calls, and in the calls that a workflow’s result repeats', () => {
    const details = {
      type: 'webhook',
      headers: { Authorization: 'Bearer top-secret' },
      webhook_details: { headers: { k: 'top-secret' } },
    };
    const secret = { ...call('hook'), tool_details: details, later_details: { headers: { x: 'top-secret' } } };
    const mapped = mapTurn({ tool_calls: [secret], tool_results: [workflow('w', [nested('n', [secret], [])])] });
    expect(JSON.stringify(mapped.rows)).not.toContain('top-secret');
    expect(JSON.parse(mapped.rows.toolCalls[0]?.details ?? '')).toEqual({
      type: 'webhook',
      headers: { Authorization: '[redacted]' },
      webhook_details: { headers: { k: '[redacted]' } },
    });
  });

  it('give a structured result where there is one, else the object or list that the text spells', () => {
    const results = [
      { result: { result_type: 'end_call_success' }, result_value: '{"other":1}' },
      { result_value: ' {"id": 9007199254740993}' },
      { result_value: '[1,2]' },
      { result_value: '"text"' },
      { result_value: '5' },
      { result_value: '{"cut":' },
      { result_value: '' },
      { result_value: { came: 'as an object' } },
    ];
    const { toolResults } = mapTurn({ tool_results: results }).rows;
    expect(toolResults.map((row) => row.result)).toEqual([
      '{"result_type":"end_call_success"}',
      '{"id":9007199254740993}',
      '[1,2]',
      null,
      null,
      null,
      null,
      '{"came":"as an object"}',
    ]);
    expect(toolResults.map((row) => row.result_type)).toEqual(['end_call_success', ...Array<null>(7).fill(null)]);
    expect(toolResults[7]?.result_text).toBe('{"came":"as an object"}');
  });

  it('give parameters as JSON where they are JSON, and as the text that came', () => {
    const params = ['{"a":1}', 'not json', '', '5', 'null', { a: 2 }, null];
    const { toolCalls } = mapTurn({ tool_calls: params.map((params_as_json) => ({ params_as_json })) }).rows;
    expect(toolCalls.map((row) => row.params)).toEqual(['{"a":1}', null, null, '5', null, '{"a":2}', null]);
    expect(toolCalls.map((row) => row.params_text)).toEqual(['{"a":1}', 'not json', '', '5', 'null', '{"a":2}', null]);
  });

  it('keep their index beside items that are no objects', () => {
    const mapped = mapTurn({ tool_calls: ['x', call('b')], tool_results: [null, { tool_name: 'r' }] });
    expect(mapped.rows.toolCalls.map((row) => [row.call_index, row.tool_name])).toEqual([
      [0, null],
      [1, 'b'],
    ]);
    expect(mapped.rows.toolResults.map((row) => [row.result_index, row.tool_name])).toEqual([
      [0, null],
      [1, 'r'],
    ]);
    expect(mapped.drift).toEqual([
      { path: 'transcript[].tool_calls[]', kind: 'changed_type', seen: 'string' },
      { path: 'transcript[].tool_results[]', kind: 'changed_type', seen: 'null' },
    ]);
  });
});
