import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holds, type Cell } from '../coverage/cells.ts';
import { targetOf } from '../coverage/targets.ts';
import { isSameDecimal, sumDecimals } from './json/decimal.ts';
import { mapDetail, nonconformities, rowsByTable } from './rows-testing.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
const detailText = read('get-conversation.json');
const detail = JSON.parse(detailText) as Record<string, unknown>;
const [listed] = (JSON.parse(read('list-conversations.json')) as { conversations: Record<string, unknown>[] })
  .conversations;
const conversationId = 'conv_9701kvxrdq0jfyabmdx727zndddd';
const mapped = mapDetail(detailText, { conversationId, listed: listed ?? null });
const { rows } = mapped;

interface Leaf {
  readonly path: string;
  readonly value: unknown;
  /** The turn, model and metric that the value stands in: they select its row. */
  readonly place: Readonly<Record<string, unknown>>;
}

/**
 * The leaves of a recorded response: paths as the coverage names them, and what selects the row that each belongs to.
 */
function leavesOf(value: unknown, path: string, place: Leaf['place']): Leaf[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      leavesOf(item, `${path}[]`, path === 'transcript' ? { turn_index: index } : place),
    );
  }
  if (typeof value !== 'object' || value === null) return [{ path, value, place }];
  const column = path.endsWith('.model_usage') ? 'model' : path.endsWith('_turn_metrics.metrics') ? 'metric' : null;
  const scope = /\.(initiated|irreversible)_generation\.model_usage$/.exec(path)?.[1];
  return Object.entries(value).flatMap(([key, item]) => {
    if (column === null) return leavesOf(item, path === '' ? key : `${path}.${key}`, place);
    const usage = column === 'model' ? { scope: scope === undefined ? 'turn' : `call_${scope}` } : {};
    return leavesOf(item, `${path}{}`, { ...place, ...usage, [column]: key });
  });
}

/** The cells of the rows that a leaf belongs to. */
function cellsAt({ path, place }: Leaf): { column: string; type: Parameters<typeof holds>[1]; cells: unknown[] }[] {
  const target = targetOf(path);
  if (target === null || 'reason' in target) return [];
  return target.columns.map((column) => {
    const [tableName, columnName] = column.split('.') as [string, string];
    const found = rowsByTable(rows).find(([table]) => table.name === tableName);
    if (found === undefined) throw new Error(`no table ${tableName}`);
    const selected = found[1].filter((row) =>
      Object.entries(place).every(([key, value]) => !(key in row) || row[key] === value),
    );
    return { column, type: found[0].columns[columnName] as never, cells: selected.map((row) => row[columnName]) };
  });
}

describe('the recorded conversation', () => {
  const leaves = [...leavesOf(detail, '', {}), ...leavesOf({ conversations: [listed] }, '', {})];
  const given = leaves.filter(({ value, path }) => value !== null && cellsAt({ path, value, place: {} }).length > 0);

  it('has each value in its column, in the row of its turn, model and metric', () => {
    expect(given.length).toBeGreaterThan(140);
    const lost = given.flatMap((leaf) =>
      cellsAt(leaf)
        // A total is the sum of four prices: the money test below holds it.
        .filter(({ column }) => column !== 'llm_usage.total_cost_usd')
        .filter(({ type, cells }) => cells.length !== 1 || !holds(cells[0] as Cell, type, leaf.value))
        .map(({ column, cells }) => ({ path: leaf.path, value: leaf.value, column, cells })),
    );
    expect(lost).toEqual([]);
  });

  it('has null in the typed columns of what is null', () => {
    const { conversation } = rows;
    expect(conversation).toMatchObject({
      user_id: null,
      cost_usd: null,
      direction: null,
      rating: null,
      phone_call: null,
    });
    expect(rows.transcriptTurns[0]).toMatchObject({
      agent_id: null,
      turn_id: null,
      rag_query: null,
      feedback_score: null,
    });
  });

  it('derives what the payload does not say itself', () => {
    expect(rows.conversation).toMatchObject({
      started_at: '2026-06-24T21:26:19.000Z',
      accepted_at: '2026-06-24T21:26:20.000Z',
      ended_at: '2026-06-24T21:26:24.000Z',
      message_count: 2,
      turn_count: 2,
      tool_names: [],
    });
    expect(rows.transcriptTurns.map((turn) => [turn.role, turn.said_at, turn.tool_call_count])).toEqual([
      ['user', '2026-06-24T21:26:19.000Z', 0],
      ['agent', '2026-06-24T21:26:19.000Z', 0],
    ]);
    expect(rows.llmUsage.map((row) => [row.scope, row.turn_index, row.model])).toEqual([
      ['turn', 1, 'gemini-2.5-flash'],
      ['call_initiated', -1, 'gemini-2.5-flash'],
      ['call_irreversible', -1, 'gemini-2.5-flash'],
    ]);
  });

  it('keeps the transcript out of the dynamic variables, which repeat it', () => {
    const variables = JSON.parse(rows.conversation.dynamic_variables ?? '') as Record<string, unknown>;
    expect(Object.keys(variables)).toHaveLength(16);
    expect(variables).not.toHaveProperty('system__conversation_history');
  });

  it('costs in dollars what the initiated generations cost, and in credits what was charged', () => {
    const initiated = rows.llmUsage.filter(({ scope }) => scope === 'call_initiated');
    const total = sumDecimals(initiated.map(({ total_cost_usd }) => total_cost_usd));
    expect(total).toBe('0.00006615');
    expect(isSameDecimal(String(total), String(rows.conversation.llm_cost_usd))).toBe(true);
    const { cost_credits, llm_credits, call_credits } = rows.conversation;
    expect([cost_credits, llm_credits, call_credits]).toEqual([50, 1, 49]);
  });

  it('holds nothing that the mapping does not know', () => {
    expect(mapped.drift).toEqual([]);
    expect(rows.conversation.extra).toBeNull();
    expect(rows.transcriptTurns.map(({ extra }) => extra)).toEqual([null, null]);
    expect(rowsByTable(rows).flatMap(([table, of]) => of.flatMap((row) => nonconformities(row, table)))).toEqual([]);
  });
});
