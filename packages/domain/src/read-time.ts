/**
 * 2001-09-09T01:46:40Z. Before this there were no such calls: 0 stands for "unknown", and 95 is a duration by mistake.
 */
export const timeSecsMin = 1_000_000_000;
/** 2100-01-01T00:00:00Z, exclusive. Nothing that has happened is later. */
export const timeSecsMax = 4_102_444_800;

const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const isoText = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/**
 * Reads a time in whatever form a source sends it, as Unix seconds (fractions kept); null where it is none, or lies
 * outside of 2001 to 2099. Forms: a number of seconds, milliseconds or microseconds, told apart by their size; the same
 * as text; ISO 8601 with date and time, UTC where it names no offset. A date alone is no time: its midnight would put a
 * call into a wrong window. The one reader of times that come over the wire: what is listed, fetched and received by
 * webhook gets the same answer everywhere.
 */
export function readTimeSecs(value: unknown): number | null {
  if (typeof value === 'number') return plausible(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return numberText.test(text) ? plausible(Number(text)) : secsOfIso(text);
}

/** As `readTimeSecs`, as a Date. */
export function readTime(value: unknown): Date | null {
  const secs = readTimeSecs(value);
  return secs === null ? null : new Date(Math.round(secs * 1000));
}

function plausible(number: number): number | null {
  for (const perSec of [1, 1_000, 1_000_000]) {
    const secs = number / perSec;
    if (secs >= timeSecsMin && secs < timeSecsMax) return secs;
  }
  return null;
}

function secsOfIso(text: string): number | null {
  const match = isoText.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = 'Z'] = match;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // Date.UTC rolls 31 February over into March: such a date is no date.
  const date = new Date(midnight);
  if (date.getUTCDate() !== Number(day) || date.getUTCMonth() + 1 !== Number(month)) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const offset = offsetSecs(zone);
  if (offset === null) return null;
  const clock = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const secs = midnight / 1000 + clock - offset + (fraction === '' ? 0 : Number(`0.${fraction}`));
  return secs >= timeSecsMin && secs < timeSecsMax ? secs : null;
}

/** Null for an offset that no place has: the farthest are −12:00 and +14:00. */
function offsetSecs(zone: string): number | null {
  if (/^z$/i.test(zone)) return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (hours > 14 || minutes > 59) return null;
  const secs = hours * 3600 + minutes * 60;
  return zone.startsWith('-') ? -secs : secs;
}
