import type { Reading } from '../read/reading.ts';
import { duration } from '../read/quantity.ts';

const clockText = /^(?:(\d+):)?(\d{1,3}):([0-5]\d(?:\.\d+)?)$/;

/**
 * A duration in seconds, from a number, a numeric text, or a clock text (`m:ss`, `h:mm:ss`): the proxy sends all three.
 */
export function durationSecs(reading: Reading, value: unknown, path: string): number | null {
  if (typeof value !== 'string') return duration(reading, value, path);
  const match = clockText.exec(value.trim());
  if (match === null) return duration(reading, value, path);
  return duration(reading, Number(match[1] ?? 0) * 3600 + Number(match[2]) * 60 + Number(match[3]), path);
}
