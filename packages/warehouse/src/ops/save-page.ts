import type { ConversationPage } from '@voxport/domain';
import type { TransactionalExecutor } from '../executor.ts';
import { recordFailure, type Failure } from './failures.ts';
import { discoverConversations, type WantedDetail } from './inventory.ts';
import { advanceWindow, endIncompleteListing, moveWatermark, type ListingProgress, type Window } from './windows.ts';

/** How often a window is listed again because it brought too little, before it counts as failed. */
const listAgainMax = 3;

/** What became of a listed page. */
export type SavedPage =
  | {
      readonly kind: 'saved';
      readonly wanted: readonly WantedDetail[];
      /** The window was listed to its end and brought too little: from this page on it is listed again, for the so-manieth time. */
      readonly listAgain: { readonly page: number; readonly times: number } | null;
    }
  /** Another delivery of the same page was quicker: nothing was written. */
  | { readonly kind: 'stale' };

/**
 * Makes a listed page durable: the inventory, the window's checkpoint and, with the last page, the source's watermark, in one transaction.
 * What it returns as wanted may be enqueued afterwards: if the process dies in between, the sweep finds it in the inventory.
 * A window that brought fewer rows than the source counts is listed again, some times; then it has failed, and the failures say
 * what is missing. What came is kept all the same.
 */
export async function savePage(
  database: TransactionalExecutor,
  input: { window: Window; page: ConversationPage },
): Promise<SavedPage> {
  const { window, page } = input;
  return database.transaction().execute(async (transaction) => {
    const progress = await advanceWindow(transaction, {
      windowId: window.windowId,
      page: window.nextPage,
      nextCursor: page.hasMore ? page.nextCursor : null,
      hasMore: page.hasMore,
      listed: page.conversations.length,
      rowCount: page.rowCount,
      totalCount: page.totalCount,
    });
    if (progress === null) return { kind: 'stale' };
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
    if (page.hasMore) return { kind: 'saved', wanted, listAgain: null };
    if (progress.totalCount !== null && progress.rowCount < progress.totalCount) {
      const times = progress.incompleteListings + 1;
      const isLast = times > listAgainMax;
      await endIncompleteListing(transaction, { windowId: window.windowId, state: isLast ? 'failed' : 'open' });
      if (isLast) await recordFailure(transaction, incompleteList(window, progress, times));
      return { kind: 'saved', wanted, listAgain: isLast ? null : { page: progress.nextPage, times } };
    }
    await moveWatermark(transaction, window.sourceId);
    return { kind: 'saved', wanted, listAgain: null };
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

function incompleteList(window: Window, { rowCount, totalCount }: ListingProgress, attempts: number): Failure {
  const { after, before } = window.range;
  return {
    sourceId: window.sourceId,
    stage: 'list',
    conversationId: null,
    windowId: window.windowId,
    runId: window.runId,
    code: 'incomplete_list',
    message: `The list of call starts from ${after?.toISOString() ?? 'the beginning'} to ${before.toISOString()} brought ${rowCount} conversations, and the source counts ${totalCount} (total_count). What came is exported; the rest is not known. Try again later; if this source counts something else, set check_total_count: false for it.`,
    status: 200,
    attempts,
    payloadId: null,
  };
}
