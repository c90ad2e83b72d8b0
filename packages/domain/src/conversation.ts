/** A conversation as one row of a list page tells of it: enough to decide whether its detail must be asked for. */
export interface ListedConversation {
  readonly conversationId: string;
  readonly agentId: string | null;
  /** Call start, one-second resolution; null when the row has none that is usable. */
  readonly startedAt: Date | null;
  /** The vendor's word, e.g. `done`; null when the row has none. */
  readonly status: string | null;
  /** False while the call or its analysis still runs (`initiated`, `in-progress`, `processing`): look again later. */
  readonly isTerminal: boolean;
  /**
   * Hex digest over the row's fields that tell of a change (status, duration, counts, success, rating, tags …): same
   * fingerprint, nothing new.
   */
  readonly fingerprint: string;
  /** The row as it came, for what only the list tells (`message_count`, `tool_names`). */
  readonly row: Readonly<Record<string, unknown>>;
}

/** One page of a list. Stop on `hasMore`, never on the cursor: a proxy may give a cursor with its last page. */
export interface ConversationPage {
  readonly conversations: readonly ListedConversation[];
  readonly nextCursor: string | null;
  readonly hasMore: boolean;
  /**
   * How many different rows came, those outside the range asked for and the unusable ones included: what `totalCount`
   * counts.
   */
  readonly rowCount: number;
  /** What the API says it would list in all, where it says so. */
  readonly totalCount: number | null;
  /**
   * Rows of the page that are not conversations (not an object, no id): kept for a failure record, never dropped in
   * silence.
   */
  readonly unusableRows: readonly unknown[];
}

/** The detail of a conversation, as received. */
export interface ConversationPayload {
  readonly conversationId: string;
  /** The response body, decoded from its transfer encoding (gzip): JSON text in UTF-8. */
  readonly body: Uint8Array;
  /** What it lacks of what every conversation has, in a few words; null or left out where it is whole. */
  readonly missing?: string | null;
  /**
   * How many turns its transcript has, where that can be compared with the count of its list row; null or left out
   * where it cannot.
   */
  readonly turnCount?: number | null;
  /**
   * `performance.now()` when the response was complete: the observation's age is measured from here, safe from clock
   * jumps.
   */
  readonly receivedAtMs: number;
}
