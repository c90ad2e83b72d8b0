import type { Mapped } from './map-batch.ts';

/** Statuses of a call, or of its analysis, that still run. */
const runningStatuses: ReadonlySet<string> = new Set(['initiated', 'in-progress', 'processing']);

/** A call that still runs is looked at again soon. */
const runningCheckSecs = 60;

/** Seconds until a conversation is looked at again; null for not again. */
export function checkInSecs({ rows: { conversation } }: Pick<Mapped, 'rows'>): number | null {
  return conversation.status !== null && runningStatuses.has(conversation.status) ? runningCheckSecs : null;
}
