import { readTimeSecs } from '@voxport/domain';
import { jsonType } from '../json/json-type.ts';
import { isRawJson } from '../json/raw-json.ts';
import type { Reading } from './reading.ts';

/** 9999-12-31T23:59:59Z: what is computed from two plausible values stays far below it. */
const unixSecsMax = 253_402_300_799;

/**
 * A time as Unix seconds (fractions kept), where the source documents seconds. Milliseconds, numeric text and ISO 8601
 * count (with drift); what is no time, or is before 2001 or after 2099, is null (with drift). 0 is how sources say
 * "unknown": null as well.
 */
export function unixSecs(reading: Reading, value: unknown, path: string): number | null {
  if (value === null || value === undefined) return null;
  const secs = readTimeSecs(value);
  if (secs === value) return secs + 0;
  if (secs === null) return refuse(reading, value, path);
  reading.drift.add(path, 'changed_type', typeof value === 'number' ? 'time in another unit' : jsonType(value));
  return secs;
}

/** A time as Unix seconds, where the source documents milliseconds (with drift for anything else that is a time). */
export function unixSecsOfMillis(reading: Reading, value: unknown, path: string): number | null {
  const secs = readTimeSecs(value);
  if (typeof value !== 'number' || secs === null) return unixSecs(reading, value, path);
  if (secs !== value / 1000) reading.drift.add(path, 'changed_type', 'time in another unit');
  return secs;
}

/**
 * A time given as ISO 8601 text, UTC where it names no zone, as Unix seconds. Unix seconds count as well, silently:
 * proxies send both.
 */
export function isoSecs(reading: Reading, value: unknown, path: string): number | null {
  if (value === null || value === undefined) return null;
  const secs = readTimeSecs(value);
  if (secs === null) return refuse(reading, value, path);
  if (typeof value === 'string' && !/^[\s\d.+-]*$/.test(value)) return secs;
  return unixSecs(reading, value, path);
}

/** ISO 8601 in UTC, to the microsecond that Postgres keeps; null when there is no time or it leaves the calendar. */
export function isoOfSecs(secs: number | null): string | null {
  if (secs === null || !(secs >= 0 && secs <= unixSecsMax)) return null;
  const whole = Math.floor(secs);
  const micros = Math.round((secs - whole) * 1e6);
  if (micros === 0) return new Date(whole * 1000).toISOString();
  const carried = micros === 1e6 ? whole + 1 : whole;
  const fraction = String(micros % 1e6).padStart(6, '0');
  return `${new Date(carried * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

function refuse(reading: Reading, value: unknown, path: string): null {
  const isNumber = typeof value === 'number' || isRawJson(value);
  reading.drift.add(path, 'changed_type', isNumber ? 'time out of range' : jsonType(value));
  return null;
}
