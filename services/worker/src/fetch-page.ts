import {
  type ConversationPage,
  listedRange,
  type ListingProblem,
  observePage,
  passedRange,
  restartTrail,
  splitRest,
  TerminalFailure,
  TransientFailure,
} from '@voxport/domain';
import type { JobContext, JobPayloads, Producer } from '@voxport/jobs';
import type { PageStep, SourceStore, Window } from '@voxport/warehouse';

/** As many rows a page as the API gives. */
const pageSize = 100;

/**
 * A list that brought too little is read again after this long, the second time after four times as long, and so on:
 * its source may be catching up.
 */
const listAgainMs = 250;

/** How often a listing begins again without getting any further before its window counts as failed. */
const idleRestartsMax = 5;

/** A window with more pages than that is divided, into so many parts at most. */
const splitDefaults = { pagesMax: 50, partsMax: 8 };

export interface FetchPageDependencies
  extends
    Pick<SourceStore, 'readWindow' | 'savePage' | 'restartWindow' | 'wantedOfPage'>,
    Pick<Producer, 'enqueuePage' | 'enqueueConversations'> {
  /** Lists one page of the window's range, which is what is left of it since its listing last began. */
  readonly listPage: (window: Window, pageSize: number, signal: AbortSignal) => Promise<ConversationPage>;
  /**
   * Whether the queue should be given more details. Where not, those that are wanted stand in Postgres, and the sweep
   * brings them.
   */
  readonly hasRoom: () => Promise<boolean>;
  /**
   * Whether the source is known to list the newest call first: only then can a listing that begins again leave out what
   * is listed.
   */
  readonly isOrderKnown: boolean;
  readonly split?: { readonly pagesMax: number; readonly partsMax: number };
}

/**
 * Makes the handler of a page job: lists one page, saves its cursor and its conversations in one transaction, and only
 * then enqueues the next page and the details that are wanted.
 */
export function makeFetchPage(dependencies: FetchPageDependencies) {
  const { readWindow, listPage, savePage, restartWindow, wantedOfPage, enqueuePage, enqueueConversations } =
    dependencies;
  const { hasRoom, isOrderKnown, split = splitDefaults } = dependencies;

  return async function fetchPage({ windowId, page }: JobPayloads['list-page'], { signal }: JobContext): Promise<void> {
    const window = await readWindow(windowId);
    // The window of a paused run is enqueued again when that is resumed.
    if (window === null || window.isPaused) return;
    if (window.nextPage !== page || window.state !== 'open') {
      // This page was saved already, by a process that may have died before it enqueued what follows: do that again.
      await enqueueConversations(await wantedOfPage({ windowId, page }));
      if (window.state === 'open')
        await enqueuePage({ windowId, page: window.nextPage, runId: window.runId }, window.priority);
      return;
    }

    let listed: ConversationPage;
    try {
      listed = await listPage({ ...window, range: listedRange(window.range, window.trail) }, pageSize, signal);
    } catch (error) {
      if (!(error instanceof TerminalFailure) || error.code !== 'cursor_expired') throw error;
      const trail = restartTrail(window.trail, { isOrderKnown });
      if (trail.idleRestarts > idleRestartsMax) throw error;
      const nextPage = await restartWindow({ windowId, page, trail });
      if (nextPage !== null) await enqueuePage({ windowId, page: nextPage, runId: window.runId }, window.priority);
      return;
    }

    refuseContradiction(window, listed);
    const saved = await savePage({ window, page: listed, step: nextStep(window, listed) });
    if (saved.kind === 'stale') return;
    // The next page goes first. A page of history stands behind the details that wait already and ahead of this page's
    // own, so that one page is always kept ahead and the listing never runs away from the details. A page of what is
    // new goes before all of them, and so asks whether there is room.
    if (saved.hasNextPage) await enqueuePage({ windowId, page: page + 1, runId: window.runId }, window.priority);
    for (const part of saved.rest) {
      await enqueuePage({ windowId: part.windowId, page: part.nextPage, runId: part.runId }, part.priority);
    }
    if (window.priority !== 'live' || (await hasRoom())) await enqueueConversations(saved.wanted);
    if (saved.listAgain === null) return;
    const delayMs = listAgainMs * 4 ** (saved.listAgain.times - 1);
    await enqueuePage({ windowId, page: saved.listAgain.page, runId: window.runId }, window.priority, delayMs);
  };

  /**
   * Decides how the listing continues. A source that leads it in circles is asked anew, without a cursor; one that does
   * so again and again is given up.
   */
  function nextStep(window: Window, listed: ConversationPage): PageStep {
    const { trail, problem } = observePage(window.trail, listed);
    if (problem !== null) {
      const restarted = restartTrail(trail, { isOrderKnown });
      if (restarted.idleRestarts <= idleRestartsMax) return { kind: 'restart', trail: restarted };
      throw new TerminalFailure(
        'malformed_response',
        `window ${window.windowId}: the source says that there are more conversations, and ${problemTexts[problem]}; to list it anew got no further ${idleRestartsMax} times`,
      );
    }
    const rest = listed.hasMore ? splitRest(window.range, trail, { ...split, isOrderKnown }) : null;
    const passed = passedRange(window.range, trail, { isOrderKnown });
    return rest === null ? { kind: 'next_page', trail, passed } : { kind: 'split', trail, rest, passed };
  }
}

const problemTexts: Readonly<Record<ListingProblem, string>> = {
  repeated_page: 'gives a page that it gave before',
  cursor_loop: 'gives a cursor that it gave before',
  empty_pages: 'gives one empty page after the other',
};

/**
 * An answer that says there is more and gives no way on contradicts itself: it is asked for again, as it may have been
 * cut.
 */
function refuseContradiction(window: Window, { hasMore, nextCursor }: ConversationPage): void {
  if (!hasMore || (nextCursor !== null && nextCursor !== window.cursor)) return;
  throw new TransientFailure(
    'malformed_response',
    `window ${window.windowId}: the source says that there are more conversations, and gives ${nextCursor === null ? 'no cursor' : 'the cursor that it was sent'}`,
  );
}
