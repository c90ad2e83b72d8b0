import { wrapped } from './wrapped.ts';

/** A row of a table, and lines that belong below it. */
export interface TableRow {
  readonly cells: readonly string[];
  readonly below?: readonly string[];
}

/**
 * A table with aligned columns under a heading. Where it is wider than `width` characters, each row becomes a record
 * instead: its first two cells, and below them the others with their names, so that no word is broken that a line can
 * hold.
 */
export function table(
  heading: string,
  titles: readonly string[],
  rows: readonly (readonly string[] | TableRow)[],
  width = Number.POSITIVE_INFINITY,
): string {
  const whole = rows.map((row): TableRow => ('cells' in row ? row : { cells: row }));
  const widths = titles.map((title, index) =>
    Math.max(title.length, ...whole.map(({ cells }) => cells[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd();
  const lines = [line(titles), ...whole.map(({ cells }) => line(cells))];
  if (lines.some((text) => text.length > width)) {
    return [heading, ...whole.flatMap((row) => [...record(titles, row.cells, width), ...(row.below ?? [])])].join('\n');
  }
  return [heading, line(titles), ...whole.flatMap(({ cells, below = [] }) => [line(cells), ...below])].join('\n');
}

/**
 * A row of a table as lines: `  run 12  sync`, then `    state finished · took 3 min · …`, as many to a line as fit.
 */
function record(
  titles: readonly string[],
  [first = '', second = '', ...rest]: readonly string[],
  width: number,
): string[] {
  const parts = rest.flatMap((cell, index) => (cell === '' ? [] : [`${titles[index + 2] ?? ''} ${cell}`]));
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + part.length <= width) lines[lines.length - 1] = `${last} · ${part}`;
    else lines.push(...wrapped(`    ${part}`, '      ', width).map((line) => cut(line, width)));
  }
  return [`  ${titles[0] ?? ''} ${first}  ${second}`.trimEnd(), ...lines];
}

/** Only a word that no line can hold is cut. */
function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
