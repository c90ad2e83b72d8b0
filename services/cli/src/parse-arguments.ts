import { InvalidArgumentError } from 'commander';
import { parseTime } from './parse-time.ts';

/** A positive integer. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a positive integer.');
  return value;
}

/** A time of the command line. */
export function parseTimeArgument(text: string): Date {
  const time = parseTime(text);
  if (time === null) throw new InvalidArgumentError('It takes a time such as 2026-01-31 or 2026-01-31T08:00:00Z.');
  return time;
}
