import { TerminalFailure, TransientFailure, type ConversationPage, type Lane } from '@voxport/domain';
import type { JobContext, JobPayloads } from '@voxport/jobs';
import type { SavedPage, WantedDetail, Window } from '@voxport/warehouse';

/** As many rows a page as the API gives. */
const pageSize = 100;

/** A list that brought too little is read again after this long, the second time after four times as long, and so on: its source may be catching up. */
const listAgainMs = 250;

/** How often a window whose cursor expired is listed again from its start before it counts as failed. */
const restartsMax = 20;

export interface FetchPageDependencies {
  readonly readWindow: (windowId: number) => Promise<Window | null>;
  readonly listPage: (window: Window, pageSize: number, signal: AbortSignal) => Promise<ConversationPage>;
  readonly savePage: (window: Window, page: ConversationPage) => Promise<SavedPage>;
  readonly restartWindow: (window: Window) => Promise<number | null>;
  readonly wantedOfWindow: (windowId: number) => Promise<readonly WantedDetail[]>;
  readonly enqueuePage: (page: JobPayloads['list-page'], lane: Lane, delayMs?: number) => Promise<void>;
  readonly enqueueConversations: (wanted: readonly WantedDetail[]) => Promise<void>;
}

/**
 * Makes the handler of a page job: lists one page, saves its cursor and its conversations in one transaction, and only then
 * enqueues the next page and the details that are wanted.
 */
export function makeFetchPage(dependencies: FetchPageDependencies) {
  const { readWindow, listPage, savePage, restartWindow, wantedOfWindow, enqueuePage, enqueueConversations } =
    dependencies;

  return async function fetchPage({ windowId, page }: JobPayloads['list-page'], { signal }: JobContext): Promise<void> {
    const window = await readWindow(windowId);
    if (window === null) return;
    if (window.nextPage !== page || window.state !== 'open') {
      // This page was saved already, by a process that may have died before it enqueued what follows: do that again.
      await enqueueConversations(await wantedOfWindow(windowId));
      if (window.state === 'open')
        await enqueuePage({ windowId, page: window.nextPage, runId: window.runId }, window.lane);
      return;
    }

    let listed: ConversationPage;
    try {
      listed = await listPage(window, pageSize, signal);
    } catch (error) {
      if (!(error instanceof TerminalFailure) || error.code !== 'cursor_expired' || window.restarts >= restartsMax)
        throw error;
      const nextPage = await restartWindow(window);
      if (nextPage !== null) await enqueuePage({ windowId, page: nextPage, runId: window.runId }, window.lane);
      return;
    }
    refuseLoop(window, listed);

    const saved = await savePage(window, listed);
    if (saved.kind === 'stale') return;
    // The next page goes first: behind the details that wait already, ahead of this page's own, so that one page is always kept ahead
    // and a listing never runs away from the details.
    if (listed.hasMore) await enqueuePage({ windowId, page: page + 1, runId: window.runId }, window.lane);
    await enqueueConversations(saved.wanted);
    if (saved.listAgain === null) return;
    const delayMs = listAgainMs * 4 ** (saved.listAgain.times - 1);
    await enqueuePage({ windowId, page: saved.listAgain.page, runId: window.runId }, window.lane, delayMs);
  };
}

/** A source that says there is more and gives no way on would be listed for ever. */
function refuseLoop(window: Window, listed: ConversationPage): void {
  if (!listed.hasMore) return;
  if (listed.nextCursor === null || listed.nextCursor === window.cursor) {
    throw new TransientFailure(
      'malformed_response',
      `window ${window.windowId}: the source says that there are more conversations, and gives ${listed.nextCursor === null ? 'no cursor' : 'the same cursor again'}`,
    );
  }
}
