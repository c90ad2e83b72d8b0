const dayPattern = String.raw`(\d{4})-(\d{2})-(\d{2})`;
const clockPattern = String.raw`[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?`;
const pattern = new RegExp(`^${dayPattern}(${clockPattern}(Z|[+-]\\d{2}:?\\d{2})?)?$`);

/** Reads a time of the command line: an ISO 8601 date (midnight UTC) or time (UTC unless it names an offset), or Unix seconds; null when it is none. */
export function parseTime(text: string): Date | null {
  if (/^\d{9,10}$/.test(text)) return new Date(Number(text) * 1000);
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, year, month, day, clock, zone] = match;
  // Date takes 31 February for 3 March.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
  if (clock === undefined) return date;
  const time = new Date(`${text.replace(' ', 'T')}${zone === undefined ? 'Z' : ''}`);
  return Number.isNaN(time.getTime()) ? null : time;
}
