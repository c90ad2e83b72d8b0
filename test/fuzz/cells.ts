import type { ConversationRows } from '../../packages/mapping/src/index.ts';
import type { Store } from '../model/store.ts';

/** Cells by `table key column`, as JSON text. */
export type Cells = ReadonlyMap<string, string>;

/** The tables of schema `voxport` that hold conversations, with the columns of their keys. */
export type Keys = ReadonlyMap<string, readonly string[]>;

/** What is another's, or is told by the clock. */
const notCompared: ReadonlySet<string> = new Set([
  'source_id',
  'conversation_id',
  'first_seen_at',
  'exported_at',
  'observed_at',
  'origin',
]);

export async function readKeys(query: Store['query']): Promise<Keys> {
  const rows = await query<{ name: string; columns: string[] }>(`
    select c.relname as name, array_agg(a.attname::text order by array_position(i.indkey::int2[], a.attnum)) as columns
    from pg_index i join pg_class c on c.oid = i.indrelid join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
    where i.indisprimary and c.relnamespace = 'voxport'::regnamespace
    group by c.relname
    having array_agg(a.attname::text) @> array['source_id', 'conversation_id']
    order by c.relname`);
  return new Map(rows.map(({ name, columns }) => [name, columns]));
}

/** The cells of each conversation of a source. */
export async function readCells(
  query: Store['query'],
  keys: Keys,
  sourceId: string,
): Promise<Map<string, Map<string, string>>> {
  const cells = new Map<string, Map<string, string>>();
  for (const [table, key] of keys) {
    const rows = await query<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) as row from voxport.${table} t where source_id = $1`,
      [sourceId],
    );
    for (const { row } of rows) {
      const conversationId = row['conversation_id'] as string;
      const own = cells.get(conversationId) ?? new Map<string, string>();
      cells.set(conversationId, own);
      addCells(own, table, key, row);
    }
  }
  return cells;
}

/** The cells of a payload's rows, as the mapping gives them: their values are not written as Postgres writes them. */
export function cellsOf(rows: ConversationRows, keys: Keys): Cells {
  const cells = new Map<string, string>();
  for (const [name, value] of Object.entries(rows) as [string, object][]) {
    const table =
      name === 'conversation' ? 'conversations' : name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const key = keys.get(table);
    if (key === undefined) throw new Error(`There is no table ${table}.`);
    for (const row of Array.isArray(value) ? (value as Record<string, unknown>[]) : [value as Record<string, unknown>])
      addCells(cells, table, key, row);
  }
  return cells;
}

function addCells(
  cells: Map<string, string>,
  table: string,
  key: readonly string[],
  row: Record<string, unknown>,
): void {
  const place = key.slice(2).map((column) => String(row[column]));
  for (const [column, value] of Object.entries(row)) {
    if (!notCompared.has(column)) cells.set([table, ...place, column].join(' '), JSON.stringify(value ?? null));
  }
}

/** The names of the cells in which two differ, those that only one has included. */
export function differing(one: Cells, other: Cells): string[] {
  const names = [...one.keys()].filter((name) => one.get(name) !== other.get(name));
  for (const name of other.keys()) if (!one.has(name)) names.push(name);
  return names;
}
