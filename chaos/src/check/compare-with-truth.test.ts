import { makeUniverse, type TrueRow, type TrueRows } from '@voxport/simulator';
import { expect, test } from 'vitest';
import type { Query } from '../stage/postgres.ts';
import { compareWithTruth } from './compare-with-truth.ts';

const universe = makeUniverse({
  conversationCount: 12,
  seed: 5,
  startUnixSecs: 1_788_000_000,
  endUnixSecs: 1_788_086_400,
});

const truths = await Array.fromAsync(universe.truths());

const stored = new Map<string, TrueRow[]>();
for (const truth of truths) {
  for (const [table, rows] of Object.entries(truth) as [keyof TrueRows, TrueRow | readonly TrueRow[]][]) {
    const own = stored.get(table) ?? [];
    for (const row of [rows].flat()) own.push({ ...row, source_id: 'chaos' });
    stored.set(table, own);
  }
}

/** What was served, as it would be stored; the map is the caller's own. */
const storedTables = (): Map<string, TrueRow[]> => new Map(stored);

async function* served(): AsyncIterable<TrueRows> {
  yield* truths;
}

/** Answers the comparison's queries from tables in memory; numeric columns as Postgres gives them, as text. */
function answering(tables: ReadonlyMap<string, readonly TrueRow[]>): Query {
  return async (text) => {
    const table = /from voxport\.(\w+)/u.exec(text)?.[1];
    if (table === undefined) return [{ name: 'llm_usage.total_cost_usd' }];
    const rows = (tables.get(table) ?? []).toReversed();
    if (table !== 'llm_usage') return rows;
    return rows.map((row) => ({ ...row, total_cost_usd: String(row['total_cost_usd']) }));
  };
}

const compare = (tables: ReadonlyMap<string, readonly TrueRow[]>) => compareWithTruth(answering(tables), served());

test('tables that hold what was served do not differ, in whatever order their rows come', async () => {
  expect(await compare(storedTables())).toEqual({ compared: 12, differences: [] });
});

test('one value that differs is told, in every table', async () => {
  for (const table of storedTables().keys()) {
    const tables = storedTables();
    const [first, ...rest] = tables.get(table) ?? [];
    if (first === undefined) continue;
    const column = Object.keys(first).find((name) => !['conversation_id', 'source_id'].includes(name))!;
    tables.set(table, [{ ...first, [column]: 'another' }, ...rest]);
    const { differences } = await compare(tables);
    expect(differences, table).toEqual([expect.stringMatching(new RegExp(`^${table} of .*: a value differs$`, 'u'))]);
  }
});

test('a row too few and a row too many are told, in every table', async () => {
  for (const table of storedTables().keys()) {
    const tables = storedTables();
    const rows = tables.get(table) ?? [];
    if (rows.length === 0) continue;
    for (const changed of [rows.slice(1), [...rows, rows[0]!]]) {
      tables.set(table, changed);
      expect((await compare(tables)).differences.length, table).toBeGreaterThan(0);
    }
  }
});

test('rows of a conversation that was never served are told', async () => {
  const tables = storedTables();
  tables.set('rag_chunks', [...(tables.get('rag_chunks') ?? []), { conversation_id: 'conv_foreign', turn_index: 0 }]);
  expect((await compare(tables)).differences).toEqual(['rag_chunks: rows of 1 conversations that were never served']);
});
