import type { TextRow, TextValue } from '@voxport/warehouse';

/**
 * Types that are aligned to the right, and that JSON has numbers for: int8, int2, int4, oid, float4, float8, numeric.
 */
const numberTypes: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);
const booleanType = 16;
/** json and jsonb. */
const jsonTypes: ReadonlySet<number> = new Set([114, 3802]);
/** What a double holds for certain. */
const exactDigits = 15;
/** A text is cut no further than this, in characters; where all columns do not fit, each row becomes a record. */
const cellColumnsMin = 12;
const gap = 2;

/**
 * Rows as a table no wider than the terminal, each value as Postgres sends it, on one line; long cells are cut, and end
 * in `…`. Rows of more columns than fit are shown as records.
 * @param columns the width of the terminal in characters.
 */
export function queryTable(rows: readonly TextRow[], columns: number): string {
  const names = Object.keys(rows[0] ?? {});
  if (rows.length === 0 || names.length === 0) return '  no rows';
  const body = rows.map((row) => names.map((name) => shown(row[name] ?? null)));
  const natural = names.map((name, index) => Math.max(name.length, ...body.map((cells) => cells[index]?.length ?? 0)));
  const isNumber = names.map((name) => rows.some((row) => numberTypes.has(row[name]?.typeId ?? 0)));
  const widths = fittedWidths(
    natural.map((width, index) => ({
      width,
      least: isNumber[index] === true ? width : Math.min(width, cellColumnsMin),
    })),
    columns - names.length * gap,
  );
  if (widths === null) return queryRecords(rows, columns);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        const text = cut(cell, width);
        return `${' '.repeat(gap)}${isNumber[index] === true ? text.padStart(width) : text.padEnd(width)}`;
      })
      .join('')
      .trimEnd();
  return [line(names), ...body.map(line)].join('\n');
}

/** Rows as records, a line a column. `columns` null leaves every value whole. */
export function queryRecords(rows: readonly TextRow[], columns: number | null): string {
  const names = Object.keys(rows[0] ?? {});
  if (rows.length === 0 || names.length === 0) return '  no rows';
  const nameWidth = Math.max(...names.map((name) => name.length));
  return rows
    .map((row, index) =>
      [
        `row ${index + 1}`,
        ...names.map((name) => {
          const before = `  ${name.padEnd(nameWidth)}  `;
          if (columns !== null)
            return before + cut(shown(row[name] ?? null), Math.max(cellColumnsMin, columns - before.length));
          return before + printable(row[name] ?? null).replaceAll('\n', `\n${' '.repeat(before.length)}`);
        }),
      ].join('\n'),
    )
    .join('\n\n');
}

/** Rows as CSV (RFC 4180) with a line of names; null is empty, an empty text is `""`, as Postgres reads it back. */
export function queryCsv(rows: readonly TextRow[]): string {
  const names = Object.keys(rows[0] ?? {});
  const quoted = (text: string): string =>
    text === '' || /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [
    names.map(quoted).join(','),
    ...rows.map((row) => names.map((name) => (row[name] == null ? '' : quoted(row[name].text))).join(',')),
  ].join('\n');
}

/**
 * Rows as one JSON array. Numbers that a reader of JSON may round are texts; dates and times are as Postgres writes
 * them.
 */
export function queryJson(rows: readonly TextRow[]): string {
  const record = (row: TextRow): string =>
    `{${Object.entries(row)
      .map(([name, value]) => `${JSON.stringify(name)}:${jsonValue(value)}`)
      .join(',')}}`;
  return `[${rows.map(record).join(',')}]`;
}

function jsonValue(value: TextValue | null): string {
  if (value === null) return 'null';
  const { typeId, text } = value;
  if (typeId === booleanType) return text === 't' ? 'true' : 'false';
  // A line break in JSON is white space: inside of a text it is written otherwise.
  if (jsonTypes.has(typeId)) return text.replaceAll(/[\r\n\t]/gu, ' ');
  return numberTypes.has(typeId) && isExact(text) ? text : JSON.stringify(text);
}

function isExact(text: string): boolean {
  const [, whole = '', fraction = ''] = /^-?(0|[1-9]\d*)(?:\.(\d+))?$/u.exec(text) ?? [];
  return whole !== '' && `${whole}${fraction}`.replace(/^0+/u, '').length <= exactDigits;
}

function printable(value: TextValue | null): string {
  if (value === null) return 'NULL';
  if (value.typeId === booleanType) return value.text === 't' ? 'true' : 'false';
  // What was said in a call must not drive the terminal.
  return value.text.replaceAll(/[^\P{Cc}\n\t]/gu, '\uFFFD');
}

function shown(value: TextValue | null): string {
  return printable(value)
    .replaceAll(/\s*\n\s*/gu, ' ↵ ')
    .replaceAll('\t', ' ');
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Narrows the widest columns, numbers never, until all fit; null where they cannot. */
function fittedWidths(
  columns: readonly { readonly width: number; readonly least: number }[],
  room: number,
): readonly number[] | null {
  const widthsAt = (limit: number): number[] =>
    columns.map(({ width, least }) => Math.max(least, Math.min(width, limit)));
  const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width, 0);
  let limit = Math.max(...columns.map(({ width }) => width));
  while (total(widthsAt(limit)) > room && limit > cellColumnsMin) limit -= 1;
  const widths = widthsAt(limit);
  return total(widths) > room ? null : widths;
}
