import { setTimeout as sleep } from 'node:timers/promises';
import {
  decideRetry,
  listedRange,
  newTrail,
  observePage,
  restartTrail,
  TerminalFailure,
  type ConversationPage,
  type TimeRange,
} from '@voxport/domain';

const pageSize = 100;
/** How often a listing begins again without getting any further before it is given up. */
const idleRestartsMax = 5;

/**
 * Makes the listing of a whole range in one go, page after page, one request at a time; a conversation may come more
 * than once. A cursor that expires or leads in circles is given up for a new listing of what is left; a failure that
 * may pass is tried again as the queue would. The function returns how many requests it took; it throws the failure
 * that cannot pass, and the signal's reason.
 */
export function makeWalkRange(dependencies: {
  listPage: (
    range: TimeRange,
    cursor: string | null,
    pageSize: number,
    signal: AbortSignal,
  ) => Promise<ConversationPage>;
  /** Whether the source is known to list the newest call first. */
  isOrderKnown: boolean;
}) {
  const { listPage, isOrderKnown } = dependencies;

  return async function walkRange(
    range: TimeRange,
    onPage: (page: ConversationPage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<number> {
    let requests = 0;
    let trail = newTrail;
    let cursor: string | null = null;
    for (let attempt = 1; ;) {
      signal.throwIfAborted();
      let page: ConversationPage;
      try {
        requests += 1;
        page = await listPage(listedRange(range, trail), cursor, pageSize, signal);
        attempt = 1;
      } catch (error) {
        if (signal.aborted) throw error;
        if (error instanceof TerminalFailure && error.code === 'cursor_expired') {
          trail = restartTrail(trail, { isOrderKnown });
          cursor = null;
          if (trail.idleRestarts > idleRestartsMax) throw error;
          continue;
        }
        const decision = decideRetry(error, attempt);
        if (decision.kind === 'dead_letter' || decision.kind === 'pause_source') throw error;
        if (decision.kind === 'retry') attempt += 1;
        await sleep(decision.delayMs, undefined, { signal });
        continue;
      }
      await onPage(page);
      if (!page.hasMore) return requests;
      const observed = observePage(trail, page);
      trail = observed.problem === null ? observed.trail : restartTrail(observed.trail, { isOrderKnown });
      cursor = observed.problem === null ? page.nextCursor : null;
      if (trail.idleRestarts > idleRestartsMax) {
        throw new TerminalFailure(
          'malformed_response',
          `The list of call starts before ${range.before.toISOString()} goes round in circles: listing it anew ${idleRestartsMax} times got no further.`,
        );
      }
    }
  };
}
