import { ago as agoText, type TimeRange } from '@voxport/domain';
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
  return html`<time datetime="${date.toISOString()}" title="${minuteOf(date)} UTC">${agoText(date, now)}</time>`;
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
