/** Hours of the day, by the clock on the wall of a time zone, in which only critical alerts go out. */
export interface QuietHours {
  /** Minutes since midnight; `from` belongs to the quiet time, `to` does not. `from` after `to` goes over midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timezone: string;
}

/**
 * Whether a moment lies in the quiet hours. The wall clock decides: where the clocks are changed a night is an hour
 * longer or shorter, and an hour that comes twice is quiet twice.
 */
export function isQuiet({ fromMinute, toMinute, timezone }: QuietHours, moment: Date): boolean {
  const minute = wallMinute(moment, timezone);
  if (fromMinute <= toMinute) return minute >= fromMinute && minute < toMinute;
  return minute >= fromMinute || minute < toMinute;
}

/** Whether a name is a time zone that this machine knows. */
export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Reads `22:00` into minutes since midnight; null when it is no time of day. */
export function parseWallMinute(text: string): number | null {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  return match === null ? null : Number(match[1]) * 60 + Number(match[2]);
}

function wallMinute(moment: Date, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(moment);
  const part = (type: 'hour' | 'minute'): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return part('hour') * 60 + part('minute');
}
