import { count } from './run-report.ts';
import { table } from './status-report.ts';

/** Rows of a query as a table with aligned columns, as a person reads them. */
export function rowsTable(rows: readonly Record<string, unknown>[], heading = ''): string {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return `${heading}${heading === '' ? '' : '\n'}  no rows`;
  const body = rows.map((row) => columns.map((column) => cell(row[column])));
  return table(heading, columns, body).replace(/^\n/u, '');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return count(value);
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}
