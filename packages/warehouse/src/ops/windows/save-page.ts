import type { ConversationPage, ListingTrail, TimeRange, WantedDetail } from '@voxport/domain';
import type { TransactionalExecutor } from '../../executor.ts';
import { addCoverage, closeReplacedFailures, completeCoverage } from '../coverage/add-coverage.ts';
import { recordFailure, type Failure } from '../inventory/failures.ts';
import { discoverConversations } from '../inventory/inventory.ts';
import {
  advanceWindow,
  countOpenWindows,
  endIncompleteListing,
  insertRest,
  type ListingProgress,
  type Window,
} from './windows.ts';

/** How often a window is listed again because it brought too little, before it counts as failed. */
const listAgainMax = 3;

/** What became of a listed page. */
export type SavedPage =
  | {
      readonly kind: 'saved';
      readonly wanted: readonly WantedDetail[];
      /** Whether the window continues with its next page. */
      readonly hasNextPage: boolean;
      /** The windows that list its rest instead, where it was divided. */
      readonly rest: readonly Window[];
      /**
       * The window was listed to its end and brought too little: from this page on it is listed again, for the
       * so-manieth time.
       */
      readonly listAgain: { readonly page: number; readonly times: number } | null;
    }
  /** Another delivery of the same page was quicker: nothing was written. */
  | { readonly kind: 'stale' };

/**
 * How a listing continues after a page that is not the last. `passed` is what it has listed by then, where that is a
 * stretch of time.
 */
export type PageStep =
  | { readonly kind: 'next_page'; readonly trail: ListingTrail; readonly passed?: TimeRange | null }
  /** Without its cursor, from where the trail says. */
  | { readonly kind: 'restart'; readonly trail: ListingTrail }
  /** As several windows, unless the run has many open already; then it continues as it is. */
  | {
      readonly kind: 'split';
      readonly trail: ListingTrail;
      readonly rest: readonly TimeRange[];
      readonly passed?: TimeRange | null;
    };

/**
 * Open windows of a run that dividing may lead to: each keeps a page ahead, and all of them share the source's requests
 * with the details.
 */
const openWindowsMax = 24;

/**
 * Makes a listed page durable: the inventory, the window's checkpoint and what has been listed by then, in one
 * transaction. What it returns as wanted may be enqueued afterwards: if the process dies in between, the sweep finds it
 * in the inventory. A window that brought fewer rows than the source counts is listed again, some times; then it has
 * failed, and the failures say what is missing. What came is kept all the same.
 */
export async function savePage(
  database: TransactionalExecutor,
  input: { window: Window; page: ConversationPage; step?: PageStep },
): Promise<SavedPage> {
  const { window, page } = input;
  const step: PageStep = input.step ?? { kind: 'next_page', trail: window.trail };
  return database.transaction().execute(async (transaction) => {
    const parts = page.hasMore && step.kind === 'split' ? step.rest : [];
    const openWindows = parts.length === 0 ? 0 : await countOpenWindows(transaction, window.runId);
    const isDivided = parts.length > 0 && openWindows + parts.length <= openWindowsMax;
    const hasNextPage = page.hasMore && !isDivided;
    const isRestart = hasNextPage && step.kind === 'restart';
    const progress = await advanceWindow(transaction, {
      windowId: window.windowId,
      page: window.nextPage,
      nextCursor: hasNextPage && !isRestart ? page.nextCursor : null,
      hasMore: hasNextPage,
      listed: page.conversations.length,
      rowCount: page.rowCount,
      totalCount: page.totalCount,
      trail: step.trail,
      isRestart,
      // The oldest second seen is listed again by the rest: calls that tie there may stand on this page and on the
      // next.
      endsAt: isDivided ? parts[0]!.before : null,
    });
    if (progress === null) return { kind: 'stale' };
    const wanted = await discoverConversations(transaction, {
      sourceId: window.sourceId,
      runId: window.runId,
      listedAs: { windowId: window.windowId, page: window.nextPage },
      priority: window.priority,
      origin: window.origin,
      startFallback: window.range.before,
      conversations: page.conversations,
    });
    if (page.unusableRows.length > 0) await recordFailure(transaction, unusableRows(window, page));
    const { sourceId, filters, windowId } = window;
    const asOf = { windowId };
    if (hasNextPage || isDivided) {
      const rest = isDivided ? await insertRest(transaction, window, parts) : [];
      // A source that counts may be found to have left something out, with the last page.
      const passed = step.kind === 'restart' || progress.totalCount !== null ? null : (step.passed ?? null);
      if (passed !== null) await addCoverage(transaction, { sourceId, filters, range: passed, asOf });
      return { kind: 'saved', wanted, hasNextPage, rest, listAgain: null };
    }
    if (progress.totalCount !== null && progress.rowCount < progress.totalCount) {
      const times = progress.incompleteListings + 1;
      const isLast = times > listAgainMax;
      await endIncompleteListing(transaction, { windowId: window.windowId, state: isLast ? 'failed' : 'open' });
      if (isLast) {
        await recordFailure(transaction, incompleteList(window, progress, times));
        await closeReplacedFailures(transaction, windowId);
      }
      return {
        kind: 'saved',
        wanted,
        hasNextPage,
        rest: [],
        listAgain: isLast ? null : { page: progress.nextPage, times },
      };
    }
    await completeCoverage(transaction, { sourceId, filters, range: window.range, asOf });
    return { kind: 'saved', wanted, hasNextPage, rest: [], listAgain: null };
  });
}

/**
 * Rows without an id cannot be fetched. One open failure a source gathers them: every sync lists them again, in a
 * window of its own.
 */
function unusableRows(window: Window, { unusableRows: rows }: ConversationPage): Failure {
  return {
    sourceId: window.sourceId,
    stage: 'list',
    conversationId: null,
    windowId: null,
    runId: window.runId,
    code: 'unusable_payload',
    message: `${rows.length} rows of page ${window.nextPage} of window ${window.windowId} are not conversations: ${shapeOf(rows[0])} without an id. List that range at the source to see them; what they hold is not kept.`,
    status: null,
    attempts: rows.length,
    payloadId: null,
  };
}

/**
 * What came in a row's place, without anything of its content: keys are told by their number, for one may be somebody's
 * address.
 */
function shapeOf(row: unknown): string {
  if (Array.isArray(row)) return `the first is a list of ${row.length} items`;
  if (typeof row === 'object' && row !== null) return `the first is an object of ${Object.keys(row).length} keys`;
  return `the first is ${row === null ? 'null' : `a ${typeof row}`}`;
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
