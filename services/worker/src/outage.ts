import { TerminalFailure, TransientFailure, type FailureCode } from '@voxport/domain';
import type { ConversationSource } from '@voxport/source';

type Watched = Pick<ConversationSource, 'listPage' | 'getConversation'>;

/** What a request ends with while the source is away. A refusal by a limit, or a 404, is an answer. */
const outageCodes: ReadonlySet<FailureCode> = new Set(['server_error', 'timeout', 'connection', 'malformed_response']);

/** So many requests in a row without an answer, over at least so long: less is a bad moment, which attempts are for. */
const failuresMin = 10;
const lastingMsMin = 4000;

/**
 * The same source, which says so when it is away as a whole: after ten requests in a row without an answer, over four seconds, a failure
 * comes as `source_down`, which pauses the source and counts no attempt. Otherwise an outage of a minute would use up the attempts of every job in hand.
 */
export function watchOutage<Source extends Watched>(
  source: Source,
  sourceId: string,
  nowMs: () => number = () => performance.now(),
): Source {
  let failures = 0;
  let sinceMs = 0;

  async function watch<Result>(request: () => Promise<Result>): Promise<Result> {
    try {
      const result = await request();
      failures = 0;
      return result;
    } catch (error) {
      if (!(error instanceof TransientFailure) || !outageCodes.has(error.code)) {
        if (error instanceof TransientFailure || error instanceof TerminalFailure) failures = 0;
        throw error;
      }
      if (failures === 0) sinceMs = nowMs();
      failures += 1;
      const lastedMs = nowMs() - sinceMs;
      if (failures < failuresMin || lastedMs < lastingMsMin) throw error;
      const message = `Source "${sourceId}" does not answer: ${failures} requests in ${Math.round(lastedMs / 1000)} s failed; last error: ${error.message}`;
      throw new TransientFailure('source_down', message, { status: error.status, cause: error });
    }
  }

  return {
    ...source,
    listPage: (asked, signal) => watch(() => source.listPage(asked, signal)),
    getConversation: (conversationId, signal) => watch(() => source.getConversation(conversationId, signal)),
  };
}
