import { InvalidArgumentError } from 'commander';
import { parseEndTime, parseTime } from './parse-time.ts';

/** A positive integer. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a positive integer.');
  return value;
}

/** A time of the command line. */
export function parseTimeArgument(text: string): Date {
  return given(parseTime(text));
}

/** A time of the command line that ends a range: a date means the whole day. */
export function parseEndTimeArgument(text: string): Date {
  return given(parseEndTime(text));
}

function given(time: Date | null): Date {
  if (time === null)
    throw new InvalidArgumentError(
      'It takes a date such as 2026-01-31, a time such as 2026-01-31T08:00:00Z or 2026-01-31T08:00-05, or Unix seconds.',
    );
  return time;
}
