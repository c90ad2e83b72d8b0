import { TerminalFailure, TransientFailure, type ConversationPage, type TimeRange } from '@voxport/domain';

/** A second of call starts with more pages than that does not end here: what was not found by then counts as listed still. */
const pagesMax = 20;

export interface ConfirmMissingDependencies {
  readonly sourceId: string;
  /** When the call started, as the list told; null where nothing is known of the conversation. */
  readonly readStart: (conversationId: string) => Promise<Date | null>;
  /** A page of the list, without the filters of the source. */
  readonly listPage: (
    asked: { range: TimeRange; cursor: string | null },
    signal: AbortSignal,
  ) => Promise<ConversationPage>;
}

/**
 * Makes the judge of a 404: a conversation is gone only where the list no longer shows it either. One that is listed still is a TransientFailure
 * (`detail_missing`). Returns the failure that counts, any other one as it is; throws what the list failed with.
 */
export function makeConfirmMissing({ sourceId, readStart, listPage }: ConfirmMissingDependencies) {
  return async function confirmMissing(conversationId: string, error: unknown, signal: AbortSignal): Promise<unknown> {
    if (!(error instanceof TerminalFailure || error instanceof TransientFailure) || error.status !== 404) return error;
    if (error.code !== 'not_found' && error.code !== 'not_the_api') return error;
    if (!(await isListed(conversationId, signal))) return error;
    return new TransientFailure(
      'detail_missing',
      `Source "${sourceId}": conversation ${conversationId} answers 404, but the list shows it, so it is not gone. Check the source's base_url and dialect: does the API have an address for single conversations?`,
      { status: 404, cause: error },
    );
  };

  async function isListed(conversationId: string, signal: AbortSignal): Promise<boolean> {
    const start = await readStart(conversationId);
    if (start === null) return false;
    const range = { after: new Date(start.getTime() - 1000), before: new Date(start.getTime() + 2000) };
    let cursor: string | null = null;
    for (let page = 0; page < pagesMax; page += 1) {
      const listed = await listPage({ range, cursor }, signal);
      if (listed.conversations.some((row) => row.conversationId === conversationId)) return true;
      if (!listed.hasMore || listed.nextCursor === null) return false;
      cursor = listed.nextCursor;
    }
    return true;
  }
}
