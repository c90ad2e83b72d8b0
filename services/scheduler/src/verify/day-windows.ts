import type { TimeRange } from '@voxport/domain';

const dayMs = 86_400_000;
/** Longer ranges are verified week by week: each window costs a request even where it is empty. */
const daysMax = 31;

/**
 * Divides a bounded range at UTC midnights into windows of a day, or of a week where it is long; the newest first, on
 * whole seconds.
 */
export function dayWindows(range: { after: Date; before: Date }): TimeRange[] {
  const stepMs = range.before.getTime() - range.after.getTime() > daysMax * dayMs ? 7 * dayMs : dayMs;
  const windows: TimeRange[] = [];
  for (let startMs = Math.floor(range.after.getTime() / 1000) * 1000; startMs < range.before.getTime();) {
    const endMs = Math.min(
      (Math.floor(startMs / stepMs) + 1) * stepMs,
      Math.ceil(range.before.getTime() / 1000) * 1000,
    );
    windows.push({ after: new Date(startMs), before: new Date(endMs) });
    startMs = endMs;
  }
  return windows.toReversed();
}
