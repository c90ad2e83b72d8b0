const dayPattern = String.raw`(\d{4})-(\d{2})-(\d{2})`;
const clockPattern = String.raw`[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)`;
const pattern = new RegExp(`^${dayPattern}(?:${clockPattern}(Z|[+-]\\d{2}(?::?\\d{2})?)?)?$`);
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Reads a time of the command line: an ISO 8601 date (midnight UTC) or time (UTC unless it names an offset: `Z`,
 * `+02:00`, `+0200`, `-05`), or Unix seconds; null when it is none.
 */
export function parseTime(text: string): Date | null {
  return read(text)?.time ?? null;
}

/** As `parseTime`, for the end of a range: a date means the whole day, and so is the next midnight. */
export function parseEndTime(text: string): Date | null {
  const found = read(text);
  if (found === null) return null;
  return found.isDay ? new Date(found.time.getTime() + dayMs) : found.time;
}

function read(text: string): { readonly time: Date; readonly isDay: boolean } | null {
  if (/^\d{9,10}$/.test(text)) return { time: new Date(Number(text) * 1000), isDay: false };
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, year, month, day, clock, zone = 'Z'] = match;
  // Date takes 31 February for 3 March.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
  if (clock === undefined) return { time: date, isDay: true };
  const time = new Date(`${year}-${month}-${day}T${clock}${offsetOf(zone)}`);
  return Number.isNaN(time.getTime()) ? null : { time, isDay: false };
}

/** An offset as Date reads it. */
function offsetOf(zone: string): string {
  if (zone === 'Z') return zone;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
