import type { TimeRange } from './time-range.ts';

/**
 * Splits a range into at most `windowsMax` windows that list in parallel, the newest first, on whole seconds, without
 * gap or overlap. A range without a beginning stays one window: nobody knows how far back it goes.
 */
export function splitRange(range: TimeRange, windowsMax: number): TimeRange[] {
  if (range.after === null) return [range];
  const afterSecs = Math.floor(range.after.getTime() / 1000);
  const beforeSecs = Math.ceil(range.before.getTime() / 1000);
  const spanSecs = beforeSecs - afterSecs;
  if (spanSecs <= 0) return [];
  const count = Math.max(1, Math.min(windowsMax, spanSecs));
  const edges = Array.from({ length: count + 1 }, (_, index) => afterSecs + Math.round((spanSecs * index) / count));
  return Array.from({ length: count }, (_, index) => ({
    after: new Date(edges[count - 1 - index]! * 1000),
    before: new Date(edges[count - index]! * 1000),
  }));
}
