import { expect, test } from 'vitest';
import { makeUniverse, type TrueRow, type TrueRows } from '../src/index.ts';
import { past } from './client.ts';

const universe = makeUniverse({ ...past, seed: 31, conversationCount: 300 });

interface Nested {
  readonly tool_name: string;
  readonly request_id: string;
  readonly dynamic_variable_updates: readonly unknown[];
  readonly result?: {
    readonly steps?: readonly { readonly requests?: readonly unknown[]; readonly results?: readonly Nested[] }[];
  };
}
interface Detail {
  readonly transcript: readonly {
    readonly message: string | null;
    readonly tool_calls: readonly unknown[];
    readonly tool_results: readonly Nested[];
    readonly conversation_turn_metrics?: { readonly metrics?: object } | null;
    readonly llm_usage?: { readonly model_usage: object } | null;
    readonly rag_retrieval_info?: { readonly chunks: readonly unknown[] } | null;
  }[];
  readonly metadata: {
    readonly charging: {
      readonly llm_price: number | null;
      readonly llm_usage: { readonly initiated_generation: { readonly model_usage: object } };
    };
  };
  readonly analysis: { readonly evaluation_criteria_results: object; readonly data_collection_results: object } | null;
}

const pairs: { readonly id: string; readonly detail: Detail; readonly truth: TrueRows }[] = [];
for (let index = 0; index < 300; index += 1) {
  const id = universe.conversationIdAt(index);
  const truth = universe.truth(id);
  if (truth !== null) pairs.push({ id, detail: JSON.parse(universe.detailText(id) ?? '{}') as Detail, truth });
}

function walk(result: Nested): readonly Nested[] {
  return [result, ...(result.result?.steps ?? []).flatMap((step) => (step.results ?? []).flatMap(walk))];
}
const count = <T>(items: readonly T[], size: (item: T) => number) => items.reduce((sum, item) => sum + size(item), 0);

test('every turn, call, result, update, metric, chunk and model served is a row, and no row is more', () => {
  expect(pairs).toHaveLength(300);
  for (const { detail, truth } of pairs) {
    const { transcript, metadata, analysis } = detail;
    const results = transcript.flatMap((turn) => turn.tool_results.flatMap(walk));
    const nestedCalls = count(results, (result) =>
      count(result.result?.steps ?? [], (step) => step.requests?.length ?? 0),
    );
    expect(truth.transcript_turns.map((row) => row['message'])).toEqual(transcript.map((turn) => turn.message));
    expect(truth.tool_calls).toHaveLength(count(transcript, (turn) => turn.tool_calls.length) + nestedCalls);
    expect(truth.tool_results.map((row) => row['request_id'])).toEqual(results.map((result) => result.request_id));
    expect(truth.dynamic_variable_updates).toHaveLength(
      count(results, (result) => result.dynamic_variable_updates.length),
    );
    expect(truth.turn_metrics).toHaveLength(
      count(
        transcript,
        (turn) => Object.keys(turn.conversation_turn_metrics?.metrics ?? turn.conversation_turn_metrics ?? {}).length,
      ),
    );
    expect(truth.rag_chunks).toHaveLength(count(transcript, (turn) => turn.rag_retrieval_info?.chunks.length ?? 0));
    expect(truth.llm_usage.filter((row) => row['scope'] === 'turn')).toHaveLength(
      count(transcript, (turn) => Object.keys(turn.llm_usage?.model_usage ?? {}).length),
    );
    expect(truth.llm_usage.filter((row) => row['scope'] === 'call_initiated').map((row) => row['model'])).toEqual(
      Object.keys(metadata.charging.llm_usage.initiated_generation.model_usage),
    );
    expect(truth.evaluation_results.map((row) => row['criteria_id'])).toEqual(
      Object.keys(analysis?.evaluation_criteria_results ?? {}),
    );
    expect(truth.data_collection_results.map((row) => row['data_collection_id'])).toEqual(
      Object.keys(analysis?.data_collection_results ?? {}),
    );
    expect(truth.conversations['llm_cost_usd']).toBe(metadata.charging.llm_price);
  }
});

test('the prices of initiated usage add up to the price of the call', () => {
  for (const { truth } of pairs) {
    const total = count(
      truth.llm_usage.filter((row) => row['scope'] === 'call_initiated'),
      (row) => Math.round(Number(row['total_cost_usd']) * 1e9),
    );
    expect(total).toBe(Math.round(Number(truth.conversations['llm_cost_usd'] ?? 0) * 1e9));
  }
});

test('a nested result names its parent, its depth, its step and its node', () => {
  const deep = pairs.flatMap(({ truth }) => truth.tool_results).filter((row) => row['depth'] === 3);
  expect(deep.length).toBeGreaterThan(0);
  const rows = pairs.flatMap(({ truth }) => truth.tool_results);
  for (const row of rows.filter((one) => one['depth'] === 0))
    expect([row['parent_result_index'], row['step_index'], row['workflow_node_id']]).toEqual([null, null, null]);
  const placeOf = (row: TrueRow, index: unknown) =>
    `${String(row['conversation_id'])} ${String(row['turn_index'])} ${String(index)}`;
  const byPlace = new Map(rows.map((row) => [placeOf(row, row['result_index']), row]));
  for (const row of rows.filter((one) => one['depth'] !== 0)) {
    expect(byPlace.get(placeOf(row, row['parent_result_index']))).toMatchObject({
      depth: Number(row['depth']) - 1,
      tool_type: 'workflow',
    });
    expect(row).toMatchObject({ step_index: expect.any(Number), workflow_node_id: expect.any(String) });
  }
});

test('indexes within a turn run from 0 without a gap', () => {
  for (const { truth } of pairs)
    for (const [rows, index] of [
      [truth.tool_calls, 'call_index'],
      [truth.tool_results, 'result_index'],
    ] as const)
      for (const group of Map.groupBy(rows, (row) => row['turn_index']).values())
        expect(group.map((row) => row[index])).toEqual(group.map((_, place) => place));
});

test('no header’s value is in any true row, though the payloads hold some', () => {
  const payloads = pairs.map(({ id }) => universe.detailText(id)).join('');
  expect(payloads).toContain('Bearer secret-');
  const rows = JSON.stringify(pairs.map(({ truth }) => truth));
  expect(rows).not.toContain('Bearer secret-');
  expect(rows).toContain('"authorization":"[redacted]"');
});

test('routing is told by the name alone', () => {
  const rows = pairs.flatMap(({ truth }) => [...truth.tool_calls, ...truth.tool_results]);
  const routing = rows.filter((row) => row['is_routing'] === true);
  expect(routing.length).toBeGreaterThan(0);
  for (const row of rows) expect(row['is_routing']).toBe(/^notify_condition_\d+_met$/.test(String(row['tool_name'])));
});

test('truths are those of the range, one by one', async () => {
  const starts: number[] = [];
  const [after, before] = [past.startUnixSecs + 100_000, past.startUnixSecs + 200_000];
  for await (const rows of universe.truths({ afterUnixSecs: after, beforeUnixSecs: before }))
    starts.push(Date.parse(String(rows.conversations['started_at'])) / 1000);
  const wanted = pairs
    .map(({ truth }) => Date.parse(String(truth.conversations['started_at'])) / 1000)
    .filter((start) => start >= after && start <= before);
  expect(starts).toEqual(wanted);
  expect(starts.length).toBeGreaterThan(20);
});

test('a filter that makes no sense is refused', async () => {
  await expect(universe.truths({ filters: { rating_min: 'high' } }).next()).rejects.toThrow(RangeError);
});

test('every column of every table is filled somewhere', () => {
  const filled = new Map<string, boolean>();
  for (const { truth } of pairs)
    for (const [table, rows] of Object.entries(truth) as [string, TrueRows['tool_calls'] | TrueRows['conversations']][])
      for (const row of [rows].flat() as Record<string, unknown>[])
        for (const [column, value] of Object.entries(row))
          filled.set(`${table}.${column}`, (filled.get(`${table}.${column}`) ?? false) || value !== null);
  expect([...filled].filter(([, isFilled]) => !isFilled).map(([name]) => name)).toEqual([]);
});
