const units: readonly (readonly [secs: number, name: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/**
 * A length of time in words, from seconds: `1.3 s`, `45 s`, `3 min`, `1 h 20 min`, `3 d 4 h`. One that is negative
 * counts as none.
 */
export function duration(secs: number): string {
  const rest = Math.max(0, Math.round(secs));
  for (const [index, [size, name]] of units.entries()) {
    if (rest < size) continue;
    const smaller = units[index + 1];
    const part = smaller === undefined ? 0 : Math.floor((rest % size) / smaller[0]);
    return `${Math.floor(rest / size)} ${name}${part > 0 && smaller !== undefined ? ` ${part} ${smaller[1]}` : ''}`;
  }
  return `${rest < 10 ? String(Math.max(0, Math.round(secs * 10) / 10)) : rest} s`;
}

/** How long ago a time is, in words: `3 min ago`; `in 3 min` for one to come, `just now` within a second of now. */
export function ago(time: Date, now: Date): string {
  const secs = (now.getTime() - time.getTime()) / 1000;
  // What was read a moment after the clock was is no future.
  if (Math.abs(secs) < 1) return 'just now';
  return secs < 0 ? `in ${duration(Math.round(-secs))}` : `${duration(Math.round(secs))} ago`;
}
