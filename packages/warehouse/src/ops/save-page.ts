import type { ConversationPage } from '@voxport/domain';
import type { TransactionalExecutor } from '../executor.ts';
import { recordFailure, type Failure } from './failures.ts';
import { discoverConversations, type WantedDetail } from './inventory.ts';
import { advanceWindow, moveWatermark, type Window } from './windows.ts';

/** What became of a listed page. */
export type SavedPage =
  | { readonly kind: 'saved'; readonly wanted: readonly WantedDetail[] }
  /** Another delivery of the same page was quicker: nothing was written. */
  | { readonly kind: 'stale' };

/**
 * Makes a listed page durable: the inventory, the window's checkpoint and, with the last page, the source's watermark, in one transaction.
 * What it returns as wanted may be enqueued afterwards: if the process dies in between, the sweep finds it in the inventory.
 */
export async function savePage(
  database: TransactionalExecutor,
  input: { window: Window; page: ConversationPage },
): Promise<SavedPage> {
  const { window, page } = input;
  return database.transaction().execute(async (transaction) => {
    const advanced = await advanceWindow(transaction, {
      windowId: window.windowId,
      page: window.nextPage,
      nextCursor: page.hasMore ? page.nextCursor : null,
      hasMore: page.hasMore,
      listed: page.conversations.length,
    });
    if (!advanced) return { kind: 'stale' };
    const wanted = await discoverConversations(transaction, {
      sourceId: window.sourceId,
      runId: window.runId,
      windowId: window.windowId,
      lane: window.lane,
      origin: window.origin,
      startFallback: window.range.before,
      conversations: page.conversations,
    });
    if (page.unusableRows.length > 0) await recordFailure(transaction, unusableRows(window, page));
    if (!page.hasMore) await moveWatermark(transaction, window.sourceId);
    return { kind: 'saved', wanted };
  });
}

/** Rows without an id cannot be fetched. One open failure a source gathers them: every sync lists them again, in a window of its own. */
function unusableRows(window: Window, { unusableRows: rows }: ConversationPage): Failure {
  return {
    sourceId: window.sourceId,
    stage: 'list',
    conversationId: null,
    windowId: null,
    runId: window.runId,
    code: 'unusable_payload',
    message: `${rows.length} rows of page ${window.nextPage} of window ${window.windowId} are no conversation. The first: ${JSON.stringify(rows[0])}`,
    status: null,
    attempts: rows.length,
    payloadId: null,
  };
}
