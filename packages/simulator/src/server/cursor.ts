import { hashText } from '../random.ts';

/** Where a list continues: after the row with this index, under these filters. */
export interface Cursor {
  readonly lastIndex: number;
  readonly filterHash: number;
  readonly issuedAtMs: number;
  /** Counts the cursors given out, so that "all so far" can be told from later ones within one millisecond. */
  readonly serial: number;
}

/** Hashes what a cursor is bound to: every parameter but the cursor and the page size, in any order. */
export function filterHashOf(params: URLSearchParams): number {
  const parts: string[] = [];
  for (const [name, value] of params) if (name !== 'cursor' && name !== 'page_size') parts.push(`${name}=${value}`);
  return hashText(parts.toSorted().join('&'));
}

/** Writes a cursor: opaque to a client, with a check that no other text passes. */
export function writeCursor(cursor: Cursor): string {
  const text = `${cursor.lastIndex}.${cursor.filterHash}.${cursor.issuedAtMs}.${cursor.serial}`;
  return Buffer.from(`${text}.${hashText(text)}`).toString('base64url');
}

/** Reads a cursor back; null for anything that `writeCursor` did not write. */
export function readCursor(text: string): Cursor | null {
  const [lastIndex, filterHash, issuedAtMs, serial] = Buffer.from(text, 'base64url')
    .toString('latin1')
    .split('.')
    .map(Number);
  if (lastIndex === undefined || filterHash === undefined || issuedAtMs === undefined || serial === undefined)
    return null;
  const cursor = { lastIndex, filterHash, issuedAtMs, serial };
  // Writing it again checks the hash, and refuses the spellings of one cursor that base64 would let pass.
  return writeCursor(cursor) === text ? cursor : null;
}
