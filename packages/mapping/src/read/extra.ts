import { jsonType } from '../json/json-type.ts';
import { isRawJson } from '../json/raw-json.ts';
import type { JsonRecord, Reading } from './reading.ts';
import { redactedJsonCell } from './json-cell.ts';

/**
 * What a row's payload has beyond the known keys, in the payload's own nesting; `root` stays null while there is
 * nothing.
 */
export interface Extra {
  root: Record<string, unknown> | null;
}

/** True when the object has a key that is not known. The common answer is no, and costs no allocation. */
export function hasUnknown(value: JsonRecord, known: ReadonlySet<string>): boolean {
  for (const key in value) if (!known.has(key)) return true;
  return false;
}

/**
 * Puts the object's unknown keys into the row's extra below `place`, and reports each.
 * An array's item stands under its index.
 */
export function keepUnknown(
  reading: Reading,
  extra: Extra,
  value: JsonRecord,
  known: ReadonlySet<string>,
  path: string,
  place: readonly string[],
): void {
  let target: Record<string, unknown> | null = null;
  for (const key in value) {
    if (known.has(key)) continue;
    reading.drift.add(path === '' ? key : `${path}.${key}`, 'unknown_key', jsonType(value[key]));
    target ??= placeIn(extra, place);
    target[key] = value[key];
  }
}

/** The `extra` column. Headers are redacted here too: a new kind of tool may bring them under an unknown key. */
export function extraCell(reading: Reading, extra: Extra, path: string): string | null {
  return redactedJsonCell(reading, extra.root, path);
}

// Objects without a prototype: a payload's key `__proto__` is a key like any other.
function placeIn(extra: Extra, place: readonly string[]): Record<string, unknown> {
  extra.root ??= Object.create(null) as Record<string, unknown>;
  let target = extra.root;
  for (const key of place) target = ownPlace(target, key);
  return target;
}

/**
 * The container below a key. A payload's own value that stands there already stays: the container takes the next free
 * name.
 */
function ownPlace(target: Record<string, unknown>, key: string): Record<string, unknown> {
  const found = target[key];
  if (found === undefined) {
    const place = Object.create(null) as Record<string, unknown>;
    target[key] = place;
    return place;
  }
  const isOurs = typeof found === 'object' && Object.getPrototypeOf(found ?? {}) === null && !isRawJson(found);
  return isOurs ? (found as Record<string, unknown>) : ownPlace(target, `${key}_`);
}
