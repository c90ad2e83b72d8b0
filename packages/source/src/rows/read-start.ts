import { numberOf } from './values.ts';

/** Before this a call start is no call start (0 for "unknown", a duration by mistake): 2001-09-09, seconds 1e9. */
const earliestSecs = 1e9;

/** A call start in unix seconds (number or text; milliseconds are told by their size); null when it is none. */
export function startOfUnix(value: unknown): Date | null {
  const number = numberOf(value);
  if (number === null || number < earliestSecs) return null;
  const date = new Date(number >= 1e11 ? number : number * 1000);
  return Number.isNaN(date.getTime()) ? null : date;
}

/**
 * A call start in ISO 8601 with date and time; without a zone it is UTC. Null for anything else, a date alone
 * included: its midnight would put the conversation into a wrong window.
 */
export function startOfIso(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  const match = /^\s*(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?\s*$/i.exec(
    value,
  );
  if (match === null) return null;
  const date = new Date(`${match[1]}T${match[2]}${match[3]?.toUpperCase() ?? 'Z'}`);
  return Number.isNaN(date.getTime()) ? null : date;
}
