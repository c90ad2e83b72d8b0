import type { TimeRange } from './time-range.ts';

/** A range in milliseconds, from `-Infinity` where it has no beginning. */
type Span = readonly [from: number, to: number];

/** What of some ranges lies in none of the others: disjoint ranges that do not touch, the oldest first. */
export function subtractRanges(ranges: readonly TimeRange[], without: readonly TimeRange[]): TimeRange[] {
  let left = merge(ranges.map(toSpan));
  for (const [from, to] of merge(without.map(toSpan))) {
    left = left.flatMap(([start, end]): Span[] =>
      to <= start || from >= end
        ? [[start, end]]
        : [
            [start, Math.min(end, from)],
            [Math.max(start, to), end],
          ],
    );
  }
  return toRanges(left);
}

function merge(spans: readonly Span[]): Span[] {
  const merged: [number, number][] = [];
  for (const [from, to] of spans.filter(([start, end]) => start < end).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

function toSpan({ after, before }: TimeRange): Span {
  return [after?.getTime() ?? Number.NEGATIVE_INFINITY, before.getTime()];
}

function toRanges(spans: readonly Span[]): TimeRange[] {
  return spans
    .filter(([from, to]) => from < to)
    .map(([from, to]) => ({ after: Number.isFinite(from) ? new Date(from) : null, before: new Date(to) }));
}
