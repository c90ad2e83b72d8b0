import { jsonType } from '../json/json-type.ts';
import { isStorable, toStorable } from '../json/storable.ts';
import { isRawJson } from '../json/raw-json.ts';
import { jsonCell } from './json-cell.ts';
import type { Reading } from './reading.ts';

/**
 * Longest text of an identifier or a word in UTF-16 units: a B-tree entry holds about 2,700 bytes, and keys have
 * several columns.
 */
export const identifierLengthMax = 500;

/** Text as received; numbers and booleans by their JSON text (with drift); null for the rest. */
export function text(reading: Reading, value: unknown, path: string): string | null {
  if (typeof value === 'string') return reading.isSuspect ? storable(reading, value, path) : value;
  if (value === null || value === undefined) return null;
  reading.drift.add(path, 'changed_type', jsonType(value));
  if (isRawJson(value)) return value.rawJSON;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/**
 * As `text`, for what stands in keys and indexes: an endless one is cut, since it would cost the whole conversation.
 */
export function identifier(reading: Reading, value: unknown, path: string): string | null {
  const received = text(reading, value, path);
  if (received === null || received.length <= identifierLengthMax) return received;
  reading.drift.add(path, 'unstorable_text', `longer than ${identifierLengthMax}`);
  return received.slice(0, identifierLengthMax).toWellFormed();
}

/** As `identifier`, for a vendor's vocabulary: a word that is not known yet is kept, and reported. */
export function word(reading: Reading, value: unknown, path: string, known: ReadonlySet<string>): string | null {
  const received = identifier(reading, value, path);
  if (received !== null && !known.has(received)) reading.drift.add(path, 'new_value', received);
  return received;
}

/** As `identifier`, where a number is as good as a text. */
export function numberOrText(reading: Reading, value: unknown, path: string): string | null {
  return identifier(reading, typeof value === 'number' ? String(value) : value, path);
}

/** As `text`, where an object or array that came in place of its JSON text is written as JSON text. */
export function textOrJson(reading: Reading, value: unknown, path: string): string | null {
  if (typeof value !== 'object' || value === null || isRawJson(value)) return text(reading, value, path);
  reading.drift.add(path, 'changed_type', jsonType(value));
  return jsonCell(reading, value, path);
}

/** The texts of a list; other items are left out, with drift. Null when there is no list. */
export function texts(reading: Reading, value: unknown, path: string): string[] | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) {
    reading.drift.add(path, 'changed_type', jsonType(value));
    return null;
  }
  const found: string[] = [];
  for (const item of value) {
    if (item === null) reading.drift.add(`${path}[]`, 'changed_type', 'null');
    const received = text(reading, item, `${path}[]`);
    if (received !== null) found.push(received);
  }
  return found;
}

function storable(reading: Reading, value: string, path: string): string {
  if (isStorable(value)) return value;
  reading.drift.add(path, 'unstorable_text', 'string');
  return toStorable(value);
}
