import type { ColumnType } from '../src/tables/table.ts';
import type { MappedConversation } from '../src/map-conversation.ts';
import { rowsByTable } from '../src/rows-testing.ts';

/** A cell's value that is not null. */
export type Cell = string | number | boolean | readonly string[];

/** True when a cell holds a value of the payload in the form of its column type. */
export function holds(cell: Cell, type: ColumnType, value: unknown): boolean {
  switch (type) {
    case 'timestamptz':
      return Date.parse(cell as string) === Number(value) * 1000;
    case 'jsonb':
      return contains(JSON.parse(cell as string), value);
    case 'text[]':
      return (cell as readonly unknown[]).includes(value);
    case 'text':
      return cell === (typeof value === 'string' ? value : JSON.stringify(value));
    case 'bigint':
    case 'numeric':
    case 'double precision':
      return Number(cell) === Number(value);
    case 'boolean':
      return cell === value;
  }
}

/** The cells of a `table.column`, a row after the other. */
export function cellsOf(mapped: MappedConversation, column: string): { cells: unknown[]; type: ColumnType } {
  const [tableName, columnName] = column.split('.') as [string, string];
  const found = rowsByTable(mapped.rows).find(([table]) => table.name === tableName);
  const type = found?.[0].columns[columnName];
  if (found === undefined || type === undefined) throw new Error(`no column ${column}`);
  return { cells: found[1].map((row) => row[columnName]), type };
}

function contains(json: unknown, value: unknown): boolean {
  if (JSON.stringify(json) === JSON.stringify(value)) return true;
  return typeof json === 'object' && json !== null && Object.values(json).some((item) => contains(item, value));
}
