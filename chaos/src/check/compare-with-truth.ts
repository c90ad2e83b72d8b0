import { isDeepStrictEqual } from 'node:util';
import type { TrueRow, TrueRows } from '@voxport/simulator';
import type { Query } from '../stage/postgres.ts';

const tables = [
  'conversations',
  'transcript_turns',
  'tool_calls',
  'tool_results',
  'dynamic_variable_updates',
  'llm_usage',
  'turn_metrics',
  'rag_chunks',
  'evaluation_results',
  'data_collection_results',
  'guardrail_triggers',
  'tool_result_chunks',
  'agent_evaluations',
] as const satisfies readonly (keyof TrueRows)[];

/** Differences told at most; one is enough to fail a round. */
const differencesMax = 5;

/**
 * Compares schema `voxport` with what the simulator says it served: the same conversations, and every table's rows,
 * value for value, in the columns that the truth names. Returns the differences in words, and how many conversations
 * were compared.
 */
export async function compareWithTruth(
  query: Query,
  truths: AsyncIterable<TrueRows>,
): Promise<{ compared: number; differences: readonly string[] }> {
  const stored = new Map<string, Map<string, TrueRow[]>>();
  const numeric = await query(
    `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'voxport' and data_type = 'numeric'`,
  );
  const isNumeric = new Set(numeric.map((row) => row['name']));
  for (const table of tables) {
    const rows = (await query(`select * from voxport.${table}`)).map((row) => readable(row, table, isNumeric));
    stored.set(
      table,
      Map.groupBy(rows, (row) => String(row['conversation_id'])),
    );
  }
  const differences: string[] = [];
  const served = new Set<string>();
  for await (const truth of truths) {
    const id = String(truth.conversations['conversation_id']);
    served.add(id);
    for (const table of tables) {
      if (differences.length >= differencesMax) break;
      const expected = (table === 'conversations' ? [truth.conversations] : truth[table]).map(plain);
      const actual = stored.get(table)?.get(id) ?? [];
      if (
        actual.length === expected.length &&
        isDeepStrictEqual(sorted(inColumnsOf(expected, actual)), sorted(expected))
      )
        continue;
      differences.push(
        actual.length === expected.length
          ? `${table} of ${id}: a value differs`
          : `${table} of ${id}: ${actual.length} rows, not ${expected.length}`,
      );
    }
  }
  for (const table of tables) {
    const foreign = [...(stored.get(table)?.keys() ?? [])].filter((id) => !served.has(id));
    if (foreign.length > 0)
      differences.push(`${table}: rows of ${foreign.length} conversations that were never served`);
  }
  return { compared: served.size, differences };
}

/** A row as the truth writes it: times as ISO text, numeric as a number. */
function readable(row: Record<string, unknown>, table: string, isNumeric: ReadonlySet<unknown>): TrueRow {
  const numbers = Object.entries(row).map(([column, value]) => [
    column,
    isNumeric.has(`${table}.${column}`) && typeof value === 'string' ? Number(value) : value,
  ]);
  return plain(Object.fromEntries(numbers) as TrueRow);
}

/** What is left of a row in JSON: an undefined member is none. */
function plain(row: TrueRow): TrueRow {
  return JSON.parse(JSON.stringify(row)) as TrueRow;
}

/** The truth leaves out columns that it has no say in. */
function inColumnsOf(expected: readonly TrueRow[], actual: readonly TrueRow[]): TrueRow[] {
  const columns = Object.keys(expected[0] ?? {});
  return actual.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
}

/** In one order on both sides. The order of a jsonb's keys is not ours, so nested values do not take part. */
function sorted(rows: readonly TrueRow[]): TrueRow[] {
  const keyOf = (row: TrueRow): string =>
    JSON.stringify(
      Object.entries(row)
        .filter(([, value]) => typeof value !== 'object')
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  return rows.toSorted((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}
