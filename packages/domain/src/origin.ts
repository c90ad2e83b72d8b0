/**
 * What made Voxport look at a conversation: the schedule, an operator's backfill, a post-call webhook, or a later
 * recheck.
 */
export type Origin = 'poll' | 'backfill' | 'webhook' | 'refresh';
