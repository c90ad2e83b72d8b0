import { jsonType } from '../json/json-type.ts';
import { isRawJson } from '../json/raw-json.ts';
import type { Reading } from './reading.ts';

const bigintMin = -(2n ** 63n);
const bigintMax = 2n ** 63n - 1n;
/** Postgres numeric holds far more; beyond this nothing is a price or a count. */
const decimalLengthMax = 200;
/** A number as a text writes it: digits, a fraction, an exponent of at most three digits. */
export const decimalText = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const integerText = /^[+-]?\d+(?:\.0*)?$/;

/**
 * A number for a `double precision` column; a numeric text counts (with drift), what a double cannot hold is null (with
 * drift).
 */
export function double(reading: Reading, value: unknown, path: string): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0; // + 0 makes -0 plain
  if (value === null || value === undefined) return null;
  const written = decimalTextOf(reading, value, path);
  if (written === null) return null;
  const number = Number(written);
  if (Number.isFinite(number)) return number + 0;
  return outOfRange(reading, path);
}

/**
 * A whole number for a `bigint` column: a number, or decimal text beyond 53 bits; fractions and what exceeds 64 bits
 * are null (with drift).
 */
export function integer(reading: Reading, value: unknown, path: string): number | string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0;
  if (value === null || value === undefined) return null;
  const written = Number.isFinite(value) ? exactText(value as number) : decimalTextOf(reading, value, path);
  if (written === null) return Number.isFinite(value) ? refuse(reading, path, 'number with a fraction') : null;
  const whole = integerText.test(written) ? BigInt(written.replace(/^\+|\..*$/g, '')) : wholeOf(Number(written));
  if (whole === null) return refuse(reading, path, 'number with a fraction');
  if (whole < bigintMin || whole > bigintMax) return outOfRange(reading, path);
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : whole.toString();
}

/** A decimal for a `numeric` column, digit for digit: a number, or the text where a double would lose some. */
export function decimal(reading: Reading, value: unknown, path: string): number | string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
  if (value === null || value === undefined) return null;
  return decimalTextOf(reading, value, path);
}

function decimalTextOf(reading: Reading, value: unknown, path: string): string | null {
  if (typeof value === 'object' && isRawJson(value)) {
    return isDecimalText(value.rawJSON) ? value.rawJSON : outOfRange(reading, path);
  }
  if (typeof value === 'number') return outOfRange(reading, path);
  reading.drift.add(path, 'changed_type', jsonType(value));
  if (typeof value !== 'string') return null;
  const trimmed = value.trim();
  return isDecimalText(trimmed) ? trimmed : null;
}

function isDecimalText(value: string): boolean {
  return value.length <= decimalLengthMax && decimalText.test(value);
}

function exactText(value: number): string | null {
  return Number.isInteger(value) ? BigInt(value).toString() : null;
}

function wholeOf(value: number): bigint | null {
  return Number.isInteger(value) ? BigInt(value) : null;
}

function outOfRange(reading: Reading, path: string): null {
  return refuse(reading, path, 'number out of range');
}

function refuse(reading: Reading, path: string, seen: string): null {
  reading.drift.add(path, 'changed_type', seen);
  return null;
}
