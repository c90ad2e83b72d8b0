import type { Reading } from './reading.ts';
import { decimal, double, integer } from './number.ts';

/** 116 days. Longer calls, waits and latencies do not exist; their sums must not leave what a view can add up. */
export const durationSecsMax = 10_000_000;
/** More tokens, characters or calls than one conversation can have. */
const countMax = 1_000_000_000_000_000;
/** More dollars or credits than one conversation can cost. */
const amountMax = 1_000_000_000_000;
/** Scores, ratings and distances, of whatever scale; they can be negative. */
const scoreMax = 1_000_000_000;

/** Seconds (or minutes) from 0 to `durationSecsMax`, for a `double precision` column; beyond it null (with drift). */
export function duration(reading: Reading, value: unknown, path: string): number | null {
  return within(reading, double(reading, value, path), path, 0, durationSecsMax);
}

/** A whole number from 0 to `countMax`, for a `bigint` column; beyond it null (with drift). */
export function count(reading: Reading, value: unknown, path: string): number | string | null {
  return within(reading, integer(reading, value, path), path, 0, countMax);
}

/** Dollars or credits from 0 to `amountMax`, digit for digit, for a `numeric` column; beyond it null (with drift). */
export function amount(reading: Reading, value: unknown, path: string): number | string | null {
  return within(reading, decimal(reading, value, path), path, 0, amountMax);
}

/**
 * A score, rating or distance up to `scoreMax`, negative or not, for a `double precision` column; beyond it null (with
 * drift).
 */
export function score(reading: Reading, value: unknown, path: string): number | null {
  return within(reading, double(reading, value, path), path, -scoreMax, scoreMax);
}

function within<T extends number | string>(
  reading: Reading,
  value: T | null,
  path: string,
  min: number,
  max: number,
): T | null {
  if (value === null) return null;
  const number = Number(value);
  if (number >= min && number <= max) return value;
  reading.drift.add(path, 'changed_type', number < 0 && min === 0 ? 'negative number' : 'number out of range');
  return null;
}
