import { isRefusal, isSilence, TerminalFailure, TransientFailure } from '@voxport/domain';
import type { JobContext } from '@voxport/jobs';
import type { SourceProbe } from '@voxport/runtime';
import type { SourceStore } from '@voxport/warehouse';

/** The source is asked at once where a request should wait for longer than this: it may be away for as long. */
const longWaitMs = 10_000;
/**
 * So many conversations in a row that are not answered, the list being there, are a detail request that does not work
 * at present.
 */
const silentConversationsMin = 10;

export interface JudgeFailureDependencies extends Pick<SourceStore, 'hasDetailLanded' | 'hasUntriedDetail'> {
  readonly sourceId: string;
  readonly probe: Pick<SourceProbe, 'verdict'>;
}

/**
 * Decides what a failed request concerns, the thing that was asked for or the source, by asking the source's list with
 * the same key.
 */
export interface FailureJudge {
  /** The same handler, whose failures concern what they say. */
  readonly judged: <Payload>(
    handle: (payload: Payload, context: JobContext) => Promise<void>,
  ) => (payload: Payload, context: JobContext) => Promise<void>;
  /** To be told of each answered and each unanswered request for a detail. */
  readonly detailEnded: (conversationId: string, error: unknown) => void;
}

/**
 * Makes the judge of one source in this process. A refusal, or an error that comes a second time, is that of one
 * request until the list is refused or not answered as well: then it concerns the source, which is paused, and no
 * attempt is counted.
 */
export function makeFailureJudge(dependencies: JudgeFailureDependencies): FailureJudge {
  const { sourceId, probe, hasDetailLanded, hasUntriedDetail } = dependencies;
  const silent = new Set<string>();

  /**
   * Whether details of the source could ever be had, and one is wanted that was not tried yet: only then can an outage
   * of the details be told from conversations that cannot be had.
   */
  async function canWaitForDetails(): Promise<boolean> {
    return (await hasDetailLanded()) && (await hasUntriedDetail());
  }

  async function judge(error: unknown, { attempt, signal }: JobContext): Promise<unknown> {
    if (error instanceof TerminalFailure && isRefusal(error.code)) return judgeRefusal(error, signal);
    if (!(error instanceof TransientFailure) || !isSilence(error.code)) return error;
    if (attempt === 1 && (error.retryAfterMs ?? 0) < longWaitMs) return error;
    const verdict = await probe.verdict(signal);
    if (verdict.kind === 'away') return away(error, `and neither does its list: ${verdict.reason}`);
    if (verdict.kind === 'refused') return new TerminalFailure(verdict.code, verdict.reason, { concerns: 'source' });
    if (silent.size >= silentConversationsMin && (await canWaitForDetails()))
      return away(error, `nor do the details of ${silent.size - 1} others; its list answers.`);
    return error;
  }

  async function judgeRefusal(error: TerminalFailure, signal: AbortSignal): Promise<unknown> {
    const { code, message, status } = error;
    const verdict = await probe.verdict(signal);
    switch (verdict.kind) {
      case 'refused':
        return new TerminalFailure(verdict.code, verdict.reason, { status, cause: error, concerns: 'source' });
      case 'away':
        return away(error, `and its list does not answer: ${verdict.reason}`);
      case 'busy':
        return new TransientFailure('concurrent_limit', 'the list could not be asked: too many requests');
      case 'answers':
        return new TerminalFailure(
          code,
          `${message} The list answers the same API key, so only this is refused: allow the key to read it at the source, and have it tried again.`,
          { status, cause: error },
        );
    }
  }

  function away(error: TerminalFailure | TransientFailure, rest: string): TransientFailure {
    const message = `Source "${sourceId}" does not answer (${error.message}), ${rest}`;
    return new TransientFailure('source_down', message, { status: error.status, cause: error, concerns: 'source' });
  }

  return {
    judged: (handle) => async (payload, context) => {
      try {
        await handle(payload, context);
      } catch (error) {
        context.signal.throwIfAborted();
        throw await judge(error, context);
      }
    },
    detailEnded(conversationId, error) {
      if (error instanceof TransientFailure && isSilence(error.code)) silent.add(conversationId);
      // A limit says nothing about the details, nor does a shutdown.
      else if (error === null || error instanceof TerminalFailure) silent.clear();
    },
  };
}
