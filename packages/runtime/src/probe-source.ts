import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeFailure,
  isRefusal,
  isSilence,
  TerminalFailure,
  TransientFailure,
  type FailureCode,
} from '@voxport/domain';
import type { SourceStore, StoredProbe } from '@voxport/warehouse';

/** An answer counts for so long: the failures of one moment are judged by one request. */
const freshForMs = 3000;
/**
 * A list that does not come is asked for so often, so far apart, before the source counts as away: less is a bad
 * moment.
 */
const tries = 3;
const tryAgainMs = 1000;
/** A list of one conversation that takes longer is no answer. */
const answerMsMax = 15_000;
const underWayPollMs = 200;

/** What the list of a source says about a failure of something else. */
export type ProbeVerdict =
  | { readonly kind: 'answers' }
  /** Nothing can be said at present: it has too many requests. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'refused' | 'away'; readonly code: FailureCode; readonly reason: string };

/** Asks a source whether it is at fault, on behalf of every process that wants to know. */
export interface SourceProbe {
  /** How the list is answered at present. Rejects with the signal's reason when aborted. */
  readonly verdict: (signal: AbortSignal) => Promise<ProbeVerdict>;
  /**
   * The same for a source that is paused, once, less often the longer that lasts; null while it is not due, or another
   * process asks.
   */
  readonly askWhenDue: (signal: AbortSignal) => Promise<ProbeVerdict | null>;
}

/**
 * Makes the probe of one source. `ask` asks for a list of one conversation and throws the failure where that is not
 * answered.
 */
export function makeSourceProbe(
  dependencies: Pick<SourceStore, 'claimProbe' | 'recordProbe' | 'releaseProbe'> & {
    readonly ask: (signal: AbortSignal) => Promise<void>;
  },
): SourceProbe {
  const { claimProbe, recordProbe, releaseProbe, ask } = dependencies;

  async function askOnce(signal: AbortSignal): Promise<StoredProbe> {
    const late = AbortSignal.timeout(answerMsMax);
    try {
      await ask(AbortSignal.any([signal, late]));
      return { code: null, reason: null };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TerminalFailure || error instanceof TransientFailure) {
        const { code, message } = describeFailure(error);
        return { code, reason: message };
      }
      if (!late.aborted) throw error;
      return { code: 'timeout', reason: `The list was not answered within ${answerMsMax / 1000} s.` };
    }
  }

  async function askAndRecord(times: number, signal: AbortSignal): Promise<ProbeVerdict> {
    try {
      return await askUntilAnswered(times, signal);
    } catch (error) {
      // Nobody else asks while this counts as under way.
      await releaseProbe();
      throw error;
    }
  }

  async function askUntilAnswered(times: number, signal: AbortSignal): Promise<ProbeVerdict> {
    for (let tried = 1; ; tried += 1) {
      const probe = await askOnce(signal);
      const verdict = toVerdict(probe);
      if (verdict.kind === 'away' && tried < times) {
        await sleep(tryAgainMs, undefined, { signal });
        continue;
      }
      const isAnswer = verdict.kind === 'answers' || verdict.kind === 'busy';
      await recordProbe({
        code: isAnswer ? null : probe.code,
        reason: isAnswer ? null : probe.reason,
      });
      return verdict;
    }
  }

  return {
    async verdict(signal) {
      for (;;) {
        const claim = await claimProbe({ freshForMs });
        if (claim.kind === 'known') return toVerdict(claim.probe);
        if (claim.kind === 'claimed') return askAndRecord(tries, signal);
        await sleep(underWayPollMs, undefined, { signal });
      }
    },
    async askWhenDue(signal) {
      const claim = await claimProbe({ freshForMs: null });
      return claim.kind === 'claimed' ? askAndRecord(1, signal) : null;
    },
  };
}

function toVerdict({ code, reason }: StoredProbe): ProbeVerdict {
  if (code === null) return { kind: 'answers' };
  if (code === 'concurrent_limit' || code === 'rate_limit') return { kind: 'busy' };
  if (isRefusal(code)) return { kind: 'refused', code, reason: reason ?? code };
  // Any other refusal of the list is an answer of the API: it says nothing about the key, and the source is there.
  return isSilence(code) ? { kind: 'away', code, reason: reason ?? code } : { kind: 'answers' };
}
