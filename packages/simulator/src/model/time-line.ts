import { mix } from '../random.ts';

/** Calls that share one second on purpose: `share` of the groups of `size` consecutive calls start together. */
export interface TiedStarts {
  readonly share: number;
  readonly size: number;
}

/** A run of consecutive indexes whose starts spread evenly, with jitter, over [fromUnixSecs, toUnixSecs]. */
interface Segment {
  readonly firstIndex: number;
  readonly count: number;
  readonly fromUnixSecs: number;
  readonly toUnixSecs: number;
}

/**
 * When each call started: a function of the index that never falls, so that "newest first" is the index counted down
 * and no list is ever sorted.
 */
export interface TimeLine {
  count(): number;
  startOf(index: number): number;
  /** The first index whose start is not before `unixSecs`; `count()` when there is none. */
  firstIndexAtOrAfter(unixSecs: number): number;
  /** Appends calls after the newest; a start before the newest one's is moved to it. */
  append(count: number, fromUnixSecs: number, toUnixSecs: number): void;
}

/** Makes the time line of a seed, empty at first. */
export function makeTimeLine(seed: number, ties: TiedStarts): TimeLine {
  const segments: Segment[] = [];
  let total = 0;
  const jitterSeed = mix(seed, 0x71);
  const tieSeed = mix(seed, 0x72);

  const segmentOf = (index: number): Segment => {
    let low = 0;
    let high = segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((segments[middle]?.firstIndex ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const segment = segments[low];
    if (segment === undefined || index < 0 || index >= total)
      throw new RangeError(`No conversation has index ${index}.`);
    return segment;
  };

  const startOf = (index: number) => {
    const segment = segmentOf(index);
    let position = index - segment.firstIndex;
    const group = Math.floor(position / ties.size);
    if (ties.size > 1 && mix(tieSeed, group + segment.firstIndex) / 4294967296 < ties.share)
      position = group * ties.size;
    const jitter = mix(jitterSeed, segment.firstIndex + position) / 4294967296;
    const span = segment.toUnixSecs - segment.fromUnixSecs;
    return segment.fromUnixSecs + Math.floor(((position + jitter) * span) / segment.count);
  };

  return {
    count: () => total,
    startOf,
    firstIndexAtOrAfter: (unixSecs) => {
      let low = 0;
      let high = total;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (startOf(middle) >= unixSecs) high = middle;
        else low = middle + 1;
      }
      return low;
    },
    append: (count, fromUnixSecs, toUnixSecs) => {
      if (count === 0) return;
      const floor = segments.at(-1)?.toUnixSecs ?? fromUnixSecs;
      const from = Math.max(floor, fromUnixSecs);
      segments.push({ firstIndex: total, count, fromUnixSecs: from, toUnixSecs: Math.max(from, toUnixSecs) });
      total += count;
    },
  };
}
