import { jsonType } from '../json/json-type.ts';
import type { Reading } from './reading.ts';

const flagByText = new Map<unknown, boolean>([
  ['true', true],
  ['false', false],
  [1, true],
  [0, false],
  ['1', true],
  ['0', false],
]);

/** A boolean; `"true"`, `"false"`, 1 and 0 count (with drift), the rest is null (with drift). */
export function flag(reading: Reading, value: unknown, path: string): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === null || value === undefined) return null;
  reading.drift.add(path, 'changed_type', jsonType(value));
  return flagByText.get(typeof value === 'string' ? value.trim().toLowerCase() : value) ?? null;
}
