/**
 * A line broken at spaces to fit `columns` characters; those that follow are indented. A word that does not fit stays
 * whole.
 */
export function wrapped(line: string, indent: string, columns: number): string[] {
  if (line.length <= columns) return [line];
  const before = line.lastIndexOf(' ', columns);
  const at = before > indent.length ? before : line.indexOf(' ', indent.length + 1);
  if (at <= 0) return [line];
  return [line.slice(0, at), ...wrapped(`${indent}${line.slice(at + 1)}`, indent, columns)];
}
