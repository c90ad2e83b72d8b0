import { mayHoldHeaders } from '@voxport/domain';
import { isTooDeep, jsonDepthMax } from '../json/depth.ts';
import { parseJson, type ParsedJson } from '../json/parse-json.ts';
import { writeJson } from '../json/write-json.ts';
import type { Reading } from './reading.ts';
import { list, record } from './record.ts';

/** A level of nesting takes two characters: shorter text cannot be too deep. */
const shallowLength = 2 * jsonDepthMax;

/** JSON text for a `jsonb` column; null for null and missing. */
export function jsonCell(reading: Reading, value: unknown, path: string): string | null {
  if (value === null || value === undefined) return null;
  return quickText(reading, value) ?? carefulText(reading, value, path, false);
}

/** As `jsonCell`, where the source documents an object: anything else is null, with drift. */
export function objectCell(reading: Reading, value: unknown, path: string): string | null {
  return record(reading, value, path) === null ? null : jsonCell(reading, value, path);
}

/** As `jsonCell`, where the source documents a list: anything else is null, with drift. */
export function listCell(reading: Reading, value: unknown, path: string): string | null {
  return list(reading, value, path) === null ? null : jsonCell(reading, value, path);
}

/**
 * As `jsonCell`, with the value of every header below a `…headers` key replaced by "[redacted]": webhook headers hold
 * secrets.
 */
export function redactedJsonCell(reading: Reading, value: unknown, path: string): string | null {
  if (value === null || value === undefined) return null;
  const written = quickText(reading, value);
  return written === null || mayHoldHeaders(written) ? carefulText(reading, value, path, true) : written;
}

/** As `redactedJsonCell`, where the source documents an object: anything else is null, with drift. */
export function redactedObjectCell(reading: Reading, value: unknown, path: string): string | null {
  return record(reading, value, path) === null ? null : redactedJsonCell(reading, value, path);
}

/** A JSON text inside the payload, parsed; null when it is no JSON. */
export function embeddedJson(text: string): ParsedJson | null {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

/** The `jsonb` cell of a JSON text inside the payload: the text itself where Postgres takes it as it stands. */
export function embeddedJsonCell(reading: Reading, parsed: ParsedJson, text: string, path: string): string | null {
  if (parsed.value === null) return null;
  // The payload's suspicion holds here too: one level of escapes is already undone.
  const isSuspect = parsed.isSuspect || reading.isSuspect;
  if (!parsed.isExact && !isSuspect && text.length < shallowLength) return text;
  return jsonCell({ drift: reading.drift, isExact: parsed.isExact, isSuspect }, parsed.value, path);
}

/**
 * Null where the writer must look at each value: exact numbers, suspect texts, nesting too deep for Postgres or for
 * `JSON.stringify`.
 */
function quickText(reading: Reading, value: unknown): string | null {
  if (reading.isExact || reading.isSuspect) return null;
  try {
    const text = JSON.stringify(value);
    return text.length < shallowLength || !isTooDeep(value as object) ? text : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function carefulText(reading: Reading, value: unknown, path: string, redactsHeaders: boolean): string {
  const { text, changes } = writeJson(value, { redactsHeaders });
  if (changes.unstorable) reading.drift.add(path, 'unstorable_text', 'string');
  if (changes.tooDeep) reading.drift.add(path, 'changed_type', `nested deeper than ${jsonDepthMax}`);
  if (changes.outOfRange) reading.drift.add(path, 'changed_type', 'number out of range');
  return text;
}
