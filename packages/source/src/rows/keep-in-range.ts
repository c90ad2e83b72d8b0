import type { ListedConversation, TimeRange } from '@voxport/domain';

/**
 * Drops what a widened request brought from outside `[after, before)`, so that a conversation belongs to exactly one
 * window. One whose start is unknown stays: with which window it belongs cannot be told, and losing it would be worse
 * than meeting it twice.
 */
export function keepInRange(conversations: readonly ListedConversation[], range: TimeRange): ListedConversation[] {
  return conversations.filter(({ startedAt }) => {
    if (startedAt === null) return true;
    return (range.after === null || startedAt >= range.after) && startedAt < range.before;
  });
}
