/** The Postgres types that the tables of schema `voxport` use. Vendor vocabularies stay `text`: they grow weekly. */
export type ColumnType =
  | 'text'
  | 'text[]'
  | 'bigint'
  | 'numeric'
  | 'double precision'
  | 'boolean'
  | 'timestamptz'
  | 'jsonb';

/**
 * What the mapping puts into a cell of each type.
 * `bigint` and `numeric` may be decimal text, because a JSON number can exceed 53 bits;
 * `timestamptz` is ISO 8601 in UTC; `jsonb` is JSON text that is already free of U+0000.
 */
export interface CellByType {
  text: string;
  'text[]': readonly string[];
  bigint: number | string;
  numeric: number | string;
  'double precision': number;
  boolean: boolean;
  timestamptz: string;
  jsonb: string;
}

/**
 * A table as the loader sees it: its columns in order, with their types. The SQL in `migrations/` is the other half; a
 * test holds the two together.
 */
export interface Table<Columns extends Record<string, ColumnType> = Record<string, ColumnType>> {
  readonly name: string;
  readonly columns: Columns;
}

/** A row of a table: every column is present, null where the payload gave nothing usable. */
export type RowOf<T extends Table> = {
  -readonly [Column in keyof T['columns']]: CellByType[T['columns'][Column]] | null;
};

/** Keeps the literal column types of a definition. */
export function table<const Columns extends Record<string, ColumnType>>(
  name: string,
  columns: Columns,
): Table<Columns> {
  return { name, columns };
}

/** The key that every table of schema `voxport` starts with. */
export const conversationKey = { source_id: 'text', conversation_id: 'text' } as const;
