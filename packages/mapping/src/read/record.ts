import { jsonType } from '../json/json-type.ts';
import { isRawJson } from '../json/raw-json.ts';
import type { JsonRecord, Reading } from './reading.ts';

/** True for a JSON object. */
export function isRecord(reading: Reading, value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(reading.isExact && isRawJson(value));
}

/** A JSON object, or null: silently for null and missing, with drift for any other type. */
export function record(reading: Reading, value: unknown, path: string): JsonRecord | null {
  if (value === null || value === undefined) return null;
  if (isRecord(reading, value)) return value;
  reading.drift.add(path, 'changed_type', jsonType(value));
  return null;
}

/** A JSON array, or null: silently for null and missing, with drift for any other type. */
export function list(reading: Reading, value: unknown, path: string): readonly unknown[] | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value;
  reading.drift.add(path, 'changed_type', jsonType(value));
  return null;
}

const empty: JsonRecord = {};

/**
 * An item of a list as an object. Anything else, null included, is drift and reads as an empty object: its row keeps
 * its index.
 */
export function listItem(reading: Reading, value: unknown, path: string): JsonRecord {
  if (isRecord(reading, value)) return value;
  reading.drift.add(path, 'changed_type', jsonType(value));
  return empty;
}
