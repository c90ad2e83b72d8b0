import type { ListedConversation, TimeRange } from '@voxport/domain';

/** How far a source's clock may run ahead before a call start counts as wrong. */
const aheadMsMax = 24 * 3600 * 1000;

/**
 * Drops what a widened request brought from outside `[after, before)`, so that a conversation belongs to exactly one
 * window. One whose start is unknown, or lies in the future and so in no window that is ever listed, stays: with which
 * window it belongs cannot be told, and losing it would be worse than meeting it twice. `nowMs` is the present.
 */
export function keepInRange(
  conversations: readonly ListedConversation[],
  range: TimeRange,
  nowMs: number = Date.now(),
): ListedConversation[] {
  return conversations.filter(({ startedAt }) => {
    if (startedAt === null || startedAt.getTime() > nowMs + aheadMsMax) return true;
    return (range.after === null || startedAt >= range.after) && startedAt < range.before;
  });
}
