import type { Origin } from '@voxport/domain';
import type { ConversationRows } from '@voxport/mapping';
import { transcriptParts } from './replace-children.ts';

/** One observation of one conversation, mapped to rows. */
export interface LoadItem {
  readonly rows: ConversationRows;
  /** When the source was seen to hold this, ISO 8601; microseconds count. */
  readonly observedAt: string;
  readonly origin: Origin;
  readonly payloadSha256: Uint8Array;
  /** Digest of all that the rows are made from: equal digests mean equal rows. */
  readonly contentHash: Uint8Array;
  /** Version of the row mapping; of two readings of the same observation the newer mapping's counts. */
  readonly mappingVersion: number;
  /**
   * The payload is known to lack its transcript (a webhook that excludes it): never erase a stored one, mirrored
   * deletions or not.
   */
  readonly keepTranscript?: boolean;
}

/**
 * `inserted`: first load. `updated`: rows changed. `unchanged`: known already, at most `observed_at` moved. `older`: a
 * newer observation stands.
 */
export type LoadOutcome = 'inserted' | 'updated' | 'unchanged' | 'older';

export interface LoadOptions {
  /** True: an emptied transcript empties the stored one. False: the last captured transcript is kept. */
  readonly mirrorDeletions: boolean;
  /** Writes the rows of the newest observation even though they are known: repairs tables that were changed by hand. */
  readonly reload?: boolean;
}

/** Whether the observation speaks about the transcript: an emptied one does so only where deletions are mirrored. */
export function decidesTranscript(item: LoadItem, { mirrorDeletions }: LoadOptions): boolean {
  return (
    item.rows.transcriptTurns.length > 0 ||
    transcriptParts.some(({ rowsOf }) => rowsOf(item.rows).length > 0) ||
    (mirrorDeletions && item.keepTranscript !== true)
  );
}

/**
 * Columns of `conversations` that describe the stored transcript, and follow it when the newest observation has none.
 */
export const transcriptColumns = [
  'message_count',
  'turn_count',
  'tool_names',
  'user_message_count',
  'agent_message_count',
] as const;
