import type { TimeRange } from './time-range.ts';

/**
 * Splits a range into at most `windowsMax` windows that list in parallel, the newest first, on whole seconds, without gap or overlap.
 * A range without a beginning stays one window: nobody knows how far back it goes.
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

/**
 * The range that an incremental sync lists: from the watermark less the lookback, or from `since`, or from the beginning.
 * The lookback covers calls that appear late with an old start time (redaction, clock skew at the source).
 */
export function incrementalRange(input: {
  watermark: Date | null;
  since: Date | null;
  lookbackSecs: number;
  now: Date;
}): TimeRange {
  const nowSecs = Math.floor(input.now.getTime() / 1000);
  // Two seconds past now: a call that starts within the current second belongs to this range, and the source's clock may run a little ahead.
  const before = new Date((nowSecs + 2) * 1000);
  const sinceSecs = input.since === null ? Number.NEGATIVE_INFINITY : input.since.getTime() / 1000;
  const lookedBackSecs =
    input.watermark === null ? Number.NEGATIVE_INFINITY : input.watermark.getTime() / 1000 - input.lookbackSecs;
  // A beginning that lies ahead of now must not make a range that ends before it begins.
  const afterSecs = Math.floor(Math.min(Math.max(lookedBackSecs, sinceSecs), nowSecs));
  return { after: Number.isFinite(afterSecs) ? new Date(afterSecs * 1000) : null, before };
}
