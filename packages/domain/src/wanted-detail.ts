import type { Priority } from './priority.ts';

/**
 * A detail request: what the inventory holds of a conversation whose detail is wanted, and what a detail job refers to.
 */
export interface WantedDetail {
  readonly conversationId: string;
  readonly generation: number;
  readonly priority: Priority;
  readonly runId: number | null;
  /** It may have been enqueued before: its job looks whether it was answered meanwhile. */
  readonly isRepeat?: boolean;
}
