import { createHash } from 'node:crypto';
import { booleanOf, isObject, type JsonObject, numberOf, textOf } from './values.ts';

/** How a field is compared: `set` is a list whose order means nothing; `length` counts a list's items. */
type FieldKind = 'text' | 'number' | 'flag' | 'set' | 'length';

/** A dotted path into a row, and how its value is compared. */
export type FingerprintField = readonly [path: string, kind: FieldKind];

/**
 * A digest (32 hex digits of a SHA-256) over the named fields of a row and nothing else: the order of keys, unknown
 * keys, `null` instead of a missing key, an empty text or list, and a number written as text make no difference.
 */
export function fingerprint(row: JsonObject, fields: readonly FingerprintField[]): string {
  const values = fields.map(([path, kind]) => comparable(valueAt(row, path), kind));
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 32);
}

function comparable(value: unknown, kind: FieldKind): unknown {
  switch (kind) {
    case 'text':
      return textOf(value);
    // A number that is none (a duration "2:05") is compared as the text it is.
    case 'number':
      return numberOf(value) ?? textOf(value);
    case 'flag':
      return booleanOf(value) ?? textOf(value);
    case 'set':
      return Array.isArray(value) && value.length > 0
        ? value.map((item) => textOf(item) ?? JSON.stringify(item)).toSorted()
        : null;
    case 'length':
      return Array.isArray(value) ? value.length : null;
  }
}

function valueAt(row: JsonObject, path: string): unknown {
  let value: unknown = row;
  for (const key of path.split('.')) {
    if (!isObject(value)) return null;
    value = value[key];
  }
  return value;
}
