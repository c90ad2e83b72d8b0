import { createHash } from 'node:crypto';
import { booleanOf, isObject, type JsonObject, numberOf, textOf } from './values.ts';

/** How a field is compared: `set` is a list whose order means nothing; `length` counts a list's items. */
type FieldKind = 'text' | 'number' | 'flag' | 'set' | 'length';

/** A dotted path into a row, and how its value is compared. */
export type FingerprintField = readonly [path: string, kind: FieldKind];

/** What of a row tells of a change. */
export interface ChangeFields {
  /**
   * Always compared. The order is part of the digest: a field added here makes every known conversation look changed,
   * and be asked for again.
   */
  readonly base: readonly FingerprintField[];
  /**
   * Added since, in the order in which they were added: compared only where both rows have the field. Never remove or
   * reorder one.
   */
  readonly added: readonly FingerprintField[];
}

/** Stands for an added field that the row does not have: it is compared with nothing. */
const notTold = '-'.repeat(8);

/**
 * A fingerprint over the named fields of a row and nothing else: 32 hex digits (of a SHA-256) over the base fields,
 * then 8 for each added field, or hyphens where the row does not have it. The order of keys, unknown keys, an empty
 * text or list, a number written as text, and, among the base fields, `null` instead of a missing key make no
 * difference. `voxport_ops.is_row_changed` compares two of them.
 */
export function fingerprint(row: JsonObject, { base, added }: ChangeFields): string {
  const values = base.map(([path, kind]) => comparable(valueAt(row, path) ?? null, kind));
  const ofAdded = added.map(([path, kind]) => {
    const value = valueAt(row, path);
    return value === undefined ? notTold : digest(comparable(value, kind)).slice(0, notTold.length);
  });
  return [digest(values).slice(0, 32), ...ofAdded].join('');
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
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
    if (!isObject(value)) return undefined;
    value = value[key];
  }
  return value;
}
