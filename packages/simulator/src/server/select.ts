import { callOf } from '../model/call.ts';
import { isVisible, outlineAt, type Outline } from '../model/outline.ts';
import type { World } from '../model/world.ts';
import type { Filter } from './filters.ts';

/**
 * Whether the bounds of `call_start_after_unix` and `call_start_before_unix` belong to the range: the vendor does not
 * say, so both are here.
 */
export type TimeBounds = 'inclusive' | 'exclusive';

/** A range of indexes, [first, end). */
export interface IndexRange {
  readonly first: number;
  readonly end: number;
}

/** The indexes whose calls start within the bounds, in seconds; null means open. */
export function indexRangeOf(
  world: World,
  afterUnixSecs: number | null,
  beforeUnixSecs: number | null,
  bounds: TimeBounds,
): IndexRange {
  const shift = bounds === 'inclusive' ? 0 : 1;
  return {
    first: afterUnixSecs === null ? 0 : world.timeLine.firstIndexAtOrAfter(afterUnixSecs + shift),
    end:
      beforeUnixSecs === null ? world.timeLine.count() : world.timeLine.firstIndexAtOrAfter(beforeUnixSecs + 1 - shift),
  };
}

/** Walks a range in either direction and yields the conversations that can be seen and match; nothing is held. */
export function* select(world: World, range: IndexRange, isDescending: boolean, filter: Filter): Generator<Outline> {
  const { matchesCall } = filter;
  const step = isDescending ? -1 : 1;
  for (
    let index = isDescending ? range.end - 1 : range.first;
    index >= range.first && index < range.end;
    index += step
  ) {
    if (!isVisible(world, index)) continue;
    const outline = outlineAt(world, index);
    if (!filter.matchesOutline(outline)) continue;
    if (matchesCall !== null && !matchesCall(callOf(world, outline))) continue;
    yield outline;
  }
}
