import type { TrueRow, TrueRows } from '@voxport/simulator';
import { runQuery, type Database } from '@voxport/warehouse';
import { expect } from 'vitest';

/** Columns that order the rows of each table as the truth gives them. */
const orderOf: { readonly [Table in keyof TrueRows]: string } = {
  conversations: 'conversation_id',
  transcript_turns: 'turn_index',
  tool_calls: 'turn_index, call_index',
  tool_results: 'turn_index, result_index',
  dynamic_variable_updates: 'turn_index, result_index, update_index',
  llm_usage: 'scope collate "C", turn_index, model collate "C"',
  turn_metrics: 'turn_index, metric collate "C"',
  rag_chunks: 'turn_index, chunk_index',
  evaluation_results: 'criteria_id collate "C"',
  data_collection_results: 'data_collection_id collate "C"',
  guardrail_triggers: 'turn_index, trigger_index',
  tool_result_chunks: 'turn_index, result_index, chunk_index',
  agent_evaluations: 'scope_index',
};
const tables = Object.keys(orderOf) as (keyof TrueRows)[];

/** A value of Postgres as the truth writes it: times as ISO text, numeric as a number. */
function readable(value: unknown, isNumeric: boolean): unknown {
  if (value instanceof Date) return value.toISOString();
  return isNumeric && typeof value === 'string' ? Number(value) : value;
}

/** Rows of a table that are equal in any order must stand in one order: both sides are sorted by what they show. */
function sorted(rows: readonly TrueRow[]): TrueRow[] {
  return rows.toSorted((a, b) => {
    const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

/**
 * Compares schema `voxport` with what the simulator says it served: the same conversations, and every table's rows,
 * value for value, in the columns that the truth names; `gone` are the ids that the source no longer serves and whose
 * rows stay. Returns how many were compared.
 */
export async function expectTablesToEqualTruth(
  { kysely }: Database,
  truths: AsyncIterable<TrueRows>,
  sourceId: string,
  gone: ReadonlySet<string> = new Set(),
): Promise<number> {
  const stored = new Map<keyof TrueRows, Map<string, Record<string, unknown>[]>>();
  for (const table of tables) {
    const rows = await runQuery(
      kysely,
      `select * from voxport.${table} where source_id = '${sourceId}' order by conversation_id, ${orderOf[table]}`,
    );
    stored.set(
      table,
      Map.groupBy(rows, (row) => String(row['conversation_id'])),
    );
  }
  const numeric = new Set(
    (
      await runQuery(
        kysely,
        `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'voxport' and data_type = 'numeric'`,
      )
    ).map((row) => row['name']),
  );
  let compared = 0;
  for await (const truth of truths) {
    const id = String(truth.conversations['conversation_id']);
    for (const table of tables) {
      const expected = table === 'conversations' ? [truth.conversations] : truth[table];
      const rows = stored.get(table)?.get(id) ?? [];
      const actual = rows.map((row, index) => {
        const example = expected[index] ?? expected[0] ?? {};
        return Object.fromEntries(
          Object.keys(example).map((column) => [column, readable(row[column], numeric.has(`${table}.${column}`))]),
        );
      });
      expect(sorted(actual), `${table} of ${id}`).toEqual(sorted(expected));
    }
    stored.get('conversations')?.delete(id);
    compared += 1;
  }
  const others = [...(stored.get('conversations')?.keys() ?? [])].filter((id) => !gone.has(id));
  expect(others, 'conversations that the simulator did not serve').toEqual([]);
  return compared;
}
