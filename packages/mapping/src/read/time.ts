import { jsonType } from '../json/json-type.ts';
import { isRawJson } from '../json/raw-json.ts';
import type { Reading } from './reading.ts';

/** 9999-12-31T23:59:59Z. A time in milliseconds is far beyond it, so the wrong unit never passes for a date. */
const unixSecsMax = 253_402_300_799;
const isoText =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;

/** A time as Unix seconds (fractions kept). A numeric or ISO 8601 text counts (with drift); negative, absurd or unreadable is null (with drift). */
export function unixSecs(reading: Reading, value: unknown, path: string): number | null {
  if (typeof value === 'number' && isPlausible(value)) return value + 0;
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || isRawJson(value)) return absurd(reading, path);
  reading.drift.add(path, 'changed_type', jsonType(value));
  if (typeof value !== 'string' || value.trim() === '') return null;
  const secs = Number(value);
  return Number.isNaN(secs) ? secsOfIso(value) : plausible(secs);
}

/** A time given as ISO 8601 text, UTC where it names no zone, as Unix seconds. Unix seconds count as well, silently: proxies send both. */
export function isoSecs(reading: Reading, value: unknown, path: string): number | null {
  if (typeof value === 'number') return isPlausible(value) ? value + 0 : absurd(reading, path);
  if (typeof value !== 'string') return unixSecs(reading, value, path);
  const secs = secsOfIso(value);
  return secs === null ? unixSecs(reading, value, path) : secs;
}

/** ISO 8601 in UTC, to the microsecond that Postgres keeps; null when there is no time or it leaves the calendar. */
export function isoOfSecs(secs: number | null): string | null {
  if (secs === null || !isPlausible(secs)) return null;
  const whole = Math.floor(secs);
  const micros = Math.round((secs - whole) * 1e6);
  if (micros === 0) return new Date(whole * 1000).toISOString();
  const carried = micros === 1e6 ? whole + 1 : whole;
  const fraction = String(micros % 1e6).padStart(6, '0');
  return `${new Date(carried * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

function secsOfIso(value: string): number | null {
  const match = isoText.exec(value.trim());
  if (match === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // Date.UTC rolls 31 February over into March: such a date is no date.
  if (new Date(midnight).getUTCDate() !== Number(day) || new Date(midnight).getUTCMonth() + 1 !== Number(month))
    return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const clock = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return plausible(midnight / 1000 + clock - offsetSecs(zone) + (fraction === '' ? 0 : Number(`0.${fraction}`)));
}

function offsetSecs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const secs = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60;
  return zone.startsWith('-') ? -secs : secs;
}

function plausible(secs: number): number | null {
  return isPlausible(secs) ? secs : null;
}

function isPlausible(secs: number): boolean {
  return secs >= 0 && secs <= unixSecsMax;
}

function absurd(reading: Reading, path: string): null {
  reading.drift.add(path, 'changed_type', 'time out of range');
  return null;
}
