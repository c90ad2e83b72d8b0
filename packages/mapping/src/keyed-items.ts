import { jsonType } from './json/json-type.ts';
import type { Extra } from './read/extra.ts';
import type { JsonRecord, Reading } from './read/reading.ts';
import { isRecord } from './read/record.ts';
import { identifier } from './read/text.ts';

/** One judged or collected thing, with where it stood. */
export interface KeyedItem {
  readonly id: string;
  readonly value: JsonRecord;
  /** Drift path of the object itself. */
  readonly path: string;
  /** How its place is to be read. */
  readonly reading: Reading;
  /** What else came under the same id and says something else. */
  readonly others: readonly JsonRecord[];
}

/** A place that may hold items: how it is to be read, what stands there, its drift path. */
export type KeyedPlace = readonly [reading: Reading, value: unknown, path: string];

/**
 * Merges the places that hold the same content: a map by id, a list whose items name their id, and what a list row
 * brought. The rule where two say something about one id: the first place counts, and within a list the first item.
 * What says something else is not lost: it stands in `others`, and in the drift. In a map the key is the id, whatever
 * its entry says.
 */
export function mergeById(places: readonly KeyedPlace[], idKey: string): KeyedItem[] {
  const byId = new Map<string, KeyedItem & { others: JsonRecord[] }>();

  function add(reading: Reading, id: string | null, value: JsonRecord, path: string): void {
    if (id === null) {
      reading.drift.add(`${path}.${idKey}`, 'changed_type', 'null');
      return;
    }
    const first = byId.get(id);
    if (first === undefined) byId.set(id, { id, value, path, reading, others: [] });
    else if (contradicts(first.value, value, idKey)) {
      reading.drift.add(path, 'changed_type', 'another value under the same id');
      first.others.push(value);
    }
  }

  for (const [reading, value, path] of places) {
    if (value === null || value === undefined) continue;
    if (Array.isArray(value)) {
      for (const item of value) {
        if (isRecord(reading, item))
          add(reading, identifier(reading, item[idKey], `${path}[].${idKey}`), item, `${path}[]`);
        else reading.drift.add(`${path}[]`, 'changed_type', jsonType(item));
      }
    } else if (isRecord(reading, value)) {
      for (const key of Object.keys(value)) {
        const entry = value[key];
        if (entry === null) continue;
        if (!isRecord(reading, entry)) {
          reading.drift.add(`${path}{}`, 'changed_type', jsonType(entry));
          continue;
        }
        const ownId = entry[idKey];
        if (ownId !== null && ownId !== undefined && ownId !== key)
          reading.drift.add(`${path}{}.${idKey}`, 'changed_type', 'another id than its key');
        add(reading, identifier(reading, key, `${path}{}`), entry, `${path}{}`);
      }
    } else reading.drift.add(path, 'changed_type', jsonType(value));
  }
  return [...byId.values()];
}

/** Puts what else came under an item's id into its row's extra. */
export function keepOthers(extra: Extra, { others }: KeyedItem): void {
  if (others.length === 0) return;
  extra.root ??= Object.create(null) as Record<string, unknown>;
  let key = 'others';
  while (key in extra.root) key += '_';
  extra.root[key] = others;
}

/** Whether two items of one id say something different: a field that only one of them has is no contradiction. */
function contradicts(first: JsonRecord, second: JsonRecord, idKey: string): boolean {
  if (first === second) return false;
  return Object.keys(second).some((key) => {
    const [a, b] = [first[key] ?? null, second[key] ?? null];
    return key !== idKey && a !== null && b !== null && a !== b && JSON.stringify(a) !== JSON.stringify(b);
  });
}
