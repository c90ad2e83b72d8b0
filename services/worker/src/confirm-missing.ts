import { TerminalFailure, TransientFailure, type ConversationPage, type TimeRange } from '@voxport/domain';
import type { SourceStore } from '@voxport/warehouse';

/**
 * A second of call starts with more pages than that does not end here: what was not found by then counts as listed
 * still.
 */
const pagesMax = 20;
/** What the list shows counts for so long: the 404s of one page of conversations are judged by one request. */
const freshForMs = 3000;
/** Stretches of the list that are remembered; the oldest goes first. */
const stretchesMax = 50;

export interface ConfirmMissingDependencies extends Pick<SourceStore, 'readListedStart'> {
  readonly sourceId: string;
  /** A page of the list, without the filters of the source. */
  readonly listPage: (
    asked: { range: TimeRange; cursor: string | null },
    signal: AbortSignal,
  ) => Promise<ConversationPage>;
  /**
   * Whether the source is known to list the newest call first: then one page judges every call between its first and
   * its last row.
   */
  readonly isOrderKnown: boolean;
  /** A clock that never jumps, milliseconds. */
  readonly nowMs?: () => number;
}

/** A part of the list, whole: every call that starts in it and is not shown is not there. */
interface Stretch {
  readonly afterMs: number;
  readonly beforeMs: number;
  /** Null: too much to be read to its end. */
  readonly shown: ReadonlySet<string> | null;
  readonly readAtMs: number;
  /** Conversations that were judged by it: the second time one of them is asked about, the list is asked anew. */
  readonly judged: Set<string>;
}

interface Waiting {
  readonly conversationId: string;
  readonly startMs: number;
  readonly signal: AbortSignal;
  readonly resolve: (isListed: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes the judge of a 404: a conversation is gone only where the list no longer shows it either. One that is listed
 * still is a TransientFailure (`detail_missing`). Returns the failure that counts, any other one as it is; throws what
 * the list failed with. Those that wait at one time are judged together, the newest first, by as few requests as the
 * order of the list allows.
 */
export function makeConfirmMissing(dependencies: ConfirmMissingDependencies) {
  const { sourceId, readListedStart, listPage, isOrderKnown, nowMs = () => performance.now() } = dependencies;
  const waiting: Waiting[] = [];
  let stretches: Stretch[] = [];
  let isAsking = false;

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
    const start = await readListedStart({ conversationId });
    if (start === null) return false;
    return new Promise((resolve, reject) => {
      waiting.push({ conversationId, startMs: start.getTime(), signal, resolve, reject });
      void judgeWaiting();
    });
  }

  async function judgeWaiting(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    for (settleKnown(); waiting.length > 0; settleKnown()) {
      const newest = waiting.reduce((one, other) => (other.startMs > one.startMs ? other : one));
      try {
        stretches = [...stretches.slice(1 - stretchesMax), await readStretch(newest)];
      } catch (error) {
        // What the list failed with is so for all that wait; a job that was let go is so for itself.
        const failed = newest.signal.aborted ? [newest] : waiting.slice();
        for (const one of failed) take(one).reject(error);
      }
    }
    isAsking = false;
  }

  /** Answers those that what was read lately can answer. */
  function settleKnown(): void {
    const freshSinceMs = nowMs() - freshForMs;
    stretches = stretches.filter(({ readAtMs }) => readAtMs >= freshSinceMs);
    for (const one of waiting.slice()) {
      const { conversationId, startMs } = one;
      const stretch = stretches.find(
        ({ afterMs, beforeMs, judged }) => startMs >= afterMs && startMs < beforeMs && !judged.has(conversationId),
      );
      if (stretch === undefined) continue;
      stretch.judged.add(conversationId);
      take(one).resolve(stretch.shown === null || stretch.shown.has(conversationId));
    }
  }

  function take(one: Waiting): Waiting {
    waiting.splice(waiting.indexOf(one), 1);
    return one;
  }

  /** Reads the list downwards from a call's start, and at least its second, with one more at each side. */
  async function readStretch({ startMs, signal }: Waiting): Promise<Stretch> {
    const after = new Date(startMs - 1000);
    const before = new Date(startMs + 2000);
    const range = { after: isOrderKnown ? null : after, before };
    const shown = new Set<string>();
    const ends = (afterMs: number, isWhole = true): Stretch => ({
      afterMs,
      beforeMs: startMs + 1000,
      shown: isWhole ? shown : null,
      readAtMs: nowMs(),
      judged: new Set(),
    });
    let cursor: string | null = null;
    let lowestMs = Number.POSITIVE_INFINITY;
    for (let page = 0; page < pagesMax; page += 1) {
      const listed = await listPage({ range, cursor }, signal);
      for (const { conversationId, startedAt } of listed.conversations) {
        shown.add(conversationId);
        lowestMs = Math.min(lowestMs, startedAt?.getTime() ?? Number.POSITIVE_INFINITY);
      }
      if (!listed.hasMore || listed.nextCursor === null)
        return ends(isOrderKnown ? Number.NEGATIVE_INFINITY : startMs - 999);
      // The last second may continue on the next page.
      if (isOrderKnown && lowestMs < after.getTime()) return ends(lowestMs + 1000);
      cursor = listed.nextCursor;
    }
    return ends(startMs, false);
  }
}
