import type { TimeRange } from '@voxport/domain';
import { html, type Html } from './html.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** `12,345` */
export function count(value: number): string {
  return whole.format(value);
}

/** `12.3K` */
export function shortCount(value: number): string {
  return short.format(value);
}

/** `1 failure`, `2 failures` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

const units: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `45 s`, `3 min`, `2 h 5 min`, `3 d 4 h` */
export function duration(secs: number): string {
  const rest = Math.max(0, Math.round(secs));
  for (const [index, [size, name]] of units.entries()) {
    if (rest < size) continue;
    const smaller = units[index + 1];
    const part = smaller === undefined || size === 60 ? 0 : Math.floor((rest % size) / smaller[0]);
    return `${Math.floor(rest / size)} ${name}${part > 0 && smaller !== undefined ? ` ${part} ${smaller[1]}` : ''}`;
  }
  return '0 s';
}

/** `2026-09-30 08:15` UTC */
export function minuteOf(date: Date): string {
  return date.toISOString().slice(0, 16).replace('T', ' ');
}

/** `2026-09-30` UTC */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** How long ago, with the time itself for who points at it. */
export function ago(date: Date, now: Date): Html {
  const secs = (now.getTime() - date.getTime()) / 1000;
  const text = secs < 0 ? `in ${duration(-secs)}` : secs < 5 ? 'just now' : `${duration(secs)} ago`;
  return html`<time datetime="${date.toISOString()}" title="${minuteOf(date)} UTC">${text}</time>`;
}

/** A range of call starts as people read it: days where it is of whole days, the last one included. */
export function rangeText(range: TimeRange | null): string {
  if (range === null) return 'what is new';
  const { after, before } = range;
  const isWhole = [after, before].every((date) => date === null || date.getTime() % 86_400_000 === 0);
  const end = isWhole ? dayOf(new Date(before.getTime() - 1)) : minuteOf(before);
  if (after === null) return `up to ${end}`;
  const start = isWhole ? dayOf(after) : minuteOf(after);
  return start === end ? start : `${start} – ${end}`;
}
