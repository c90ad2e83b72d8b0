import { jsonType } from './json/json-type.ts';
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
}

/**
 * Merges the places that hold the same content: a map by id, a list whose items name their id, and what a list row brought.
 * The first place that has an id wins; within a list the first item.
 */
export function mergeById(
  places: readonly (readonly [reading: Reading, value: unknown, path: string])[],
  idKey: string,
): KeyedItem[] {
  let byId: Map<string, KeyedItem> | null = null;

  function add(reading: Reading, id: string | null, value: JsonRecord, path: string): void {
    if (id === null) {
      reading.drift.add(`${path}.${idKey}`, 'changed_type', 'null');
      return;
    }
    byId ??= new Map();
    if (!byId.has(id)) byId.set(id, { id, value, path, reading });
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
        const item = value[key];
        if (isRecord(reading, item)) add(reading, identifier(reading, key, `${path}{}`), item, `${path}{}`);
        else if (item !== null) reading.drift.add(`${path}{}`, 'changed_type', jsonType(item));
      }
    } else reading.drift.add(path, 'changed_type', jsonType(value));
  }
  return byId === null ? [] : [...(byId as Map<string, KeyedItem>).values()];
}
