import type { TimeRange } from './time-range.ts';
import { subtractRanges } from './time-ranges.ts';

/** A window that is being listed. */
export interface OpenListing {
  /** What is left of it: call starts that it will have listed when it ends, as they were when it was planned. */
  readonly rest: TimeRange;
  /** Whether no page of it has come yet, although nobody has paused it: what is newer had better wait for it. */
  readonly isAwaited: boolean;
}

/** What a sync lists in one window, and whether it is what is new, which goes before everything else. */
export interface PlannedListing {
  readonly range: TimeRange;
  readonly isNew: boolean;
}

/** Windows that one sync plans at most: more holes than that are listed as one range, the oldest of them. */
const windowsMax = 8;

/** Calls are new for an hour longer than two lookbacks. After a longer pause what is older goes behind new calls. */
const newSecs = 3600;

/**
 * What a sync has to list: everything wanted, from `since` until now, that is neither settled nor being listed. Settled
 * is what was listed so late that no call is expected to appear in it any more: that lags behind what is listed by the
 * lookback, so each sync looks back by itself. Newest first.
 * @param input.awaits whether the newest range may be left to a later sync while the window before it has not listed
 *   its first page: however long a source
 *   does not answer, no more than one such window waits.
 */
export function planListing(input: {
  readonly now: Date;
  readonly since: Date | null;
  readonly settled: readonly TimeRange[];
  readonly open: readonly OpenListing[];
  readonly lookbackSecs: number;
  readonly awaits: boolean;
}): PlannedListing[] {
  const { since, settled, open, lookbackSecs, awaits } = input;
  const nowMs = Math.floor(input.now.getTime() / 1000) * 1000;
  // Two seconds past now: a call that starts within the current second belongs to this range, and the source's clock
  // may run a little ahead.
  const before = new Date(nowMs + 2000);
  // A beginning that lies ahead of now must not make a range that ends before it begins.
  const after = since === null ? null : new Date(Math.floor(Math.min(since.getTime(), nowMs) / 1000) * 1000);
  const rests = open.map(({ rest }) => rest);
  const missing = subtractRanges([{ after, before }], [...settled, ...rests]).toReversed();
  const [newest, ...holes] = missing;
  if (newest === undefined || newest.before < before) return merge(missing).map((range) => ({ range, isNew: false }));

  const isAwaited = open.some((one) => one.isAwaited && one.rest.before.getTime() === newest.after?.getTime());
  if (awaits && isAwaited) return merge(holes).map((range) => ({ range, isNew: false }));
  // Nothing is known yet: the first sync is history, in one listing that brings the newest calls first.
  if (settled.length + rests.length === 0 && newest.after === null) return [{ range: newest, isNew: false }];
  const cut = new Date(nowMs - Math.ceil(2 * lookbackSecs + newSecs) * 1000);
  if (newest.after !== null && newest.after >= cut) {
    return [{ range: newest, isNew: true }, ...merge(holes).map((range) => ({ range, isNew: false }))];
  }
  const older = merge([{ after: newest.after, before: cut }, ...holes]);
  return [{ range: { after: cut, before }, isNew: true }, ...older.map((range) => ({ range, isNew: false }))];
}

/** The oldest of too many ranges become one that spans them. Newest first. */
function merge(ranges: readonly TimeRange[]): TimeRange[] {
  if (ranges.length < windowsMax) return [...ranges];
  const oldest = ranges.slice(windowsMax - 2);
  return [...ranges.slice(0, windowsMax - 2), { after: oldest.at(-1)!.after, before: oldest[0]!.before }];
}
