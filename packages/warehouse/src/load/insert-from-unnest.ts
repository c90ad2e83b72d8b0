import { sql, type RawBuilder } from 'kysely';
import type { ColumnType, RowOf, Table } from '@voxport/mapping';
import { arrayLiteral, type ArrayElement } from './array-literal.ts';

/** One column of a batch: a value for each row. */
export interface BatchColumn {
  readonly name: string;
  readonly type: ColumnType | 'bytea' | 'integer';
  readonly values: readonly ArrayElement[];
}

/**
 * The columns of a table that at least one row fills. Most of the wide tables' columns are empty in most batches, and a
 * column left out of an insert is null: measured on 200 calls of 20 turns, leaving them out saves a fifth of the load.
 */
export function filledColumns<T extends Table>(table: T, rows: readonly RowOf<T>[]): BatchColumn[] {
  return Object.entries(table.columns)
    .map(([name, type]) => ({ name, type, values: rows.map((row) => row[name] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null));
}

/** `unnest($1::text[], …) as batch (a, …)`: one parameter a column, however many rows. */
export function unnest(columns: readonly BatchColumn[]): RawBuilder<unknown> {
  const arrays = columns.map(({ type, values }) => {
    const arrayType = type === 'text[]' ? 'text' : type;
    return sql`${arrayLiteral(values)}::${sql.raw(arrayType)}[]`;
  });
  return sql`unnest(${sql.join(arrays)}) as batch (${columnNames(columns)})`;
}

/** The columns of `unnest` as the table has them. */
export function selectList(columns: readonly BatchColumn[]): RawBuilder<unknown> {
  return sql.join(columns.map(({ name, type }) => (type === 'text[]' ? sql`${sql.ref(name)}::text[]` : sql.ref(name))));
}

/** The columns' names, as a list. */
export function columnNames(columns: readonly { readonly name: string }[]): RawBuilder<unknown> {
  return sql.join(columns.map(({ name }) => sql.ref(name)));
}

/**
 * Inserts rows into their table of schema `voxport` with one statement, whose text depends on the filled columns only,
 * never on the number of rows.
 */
export function insertFromUnnest<T extends Table>(table: T, rows: readonly RowOf<T>[]): RawBuilder<unknown> {
  const columns = filledColumns(table, rows);
  return sql`
    insert into ${sql.id('voxport', table.name)} (${columnNames(columns)})
    select ${selectList(columns)} from ${unnest(columns)}
  `;
}
