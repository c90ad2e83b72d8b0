import { TerminalFailure, TransientFailure, type FailureCode } from './failure.ts';
import { describeJudged } from './judge-error.ts';

/** What becomes of a job whose attempt failed. A closed union: the queue carries it out, nobody else decides. */
export type RetryDecision =
  // The source had no room for this request: the job waits, and no attempt is counted.
  | { readonly kind: 'delay_job'; readonly delayMs: number }
  // The source wants fewer requests, or Postgres is away: the whole queue waits, and no attempt is counted.
  | { readonly kind: 'delay_queue'; readonly delayMs: number }
  // An attempt is counted.
  | { readonly kind: 'retry'; readonly delayMs: number }
  // The list is refused too, or the source is away: no request can succeed until that is over. No attempt is counted.
  | { readonly kind: 'pause_source' }
  | { readonly kind: 'dead_letter' };

/** Retry policy as data. Times in milliseconds. */
export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  readonly concurrentLimitDelayMs: number;
  readonly databaseDelayMs: number;
  /** A longer `Retry-After` is cut to this; who asks for a longer one twice is not waited for any more. */
  readonly retryAfterMaxMs: number;
  /** Codes that are worth fewer attempts. */
  readonly attemptsMaxOf: Readonly<Partial<Record<FailureCode, number>>>;
}

/** Eight attempts over some minutes: longer outages are the sweep's and the operator's business. */
export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 8,
  backoffBaseMs: 500,
  backoffMaxMs: 60_000,
  concurrentLimitDelayMs: 250,
  databaseDelayMs: 1000,
  retryAfterMaxMs: 15 * 60_000,
  // Each of these was compared with the list already: asked once more, and the same again, it is no accident.
  attemptsMaxOf: { detail_missing: 2, incomplete_payload: 3 },
};

const refusals: ReadonlySet<FailureCode> = new Set(['unauthorized', 'forbidden', 'payment_required', 'quota_exceeded']);

/** Whether an answer refuses the key or the account: of this request, or of every one, which only the list can tell. */
export function isRefusal(code: FailureCode): boolean {
  return refusals.has(code);
}

const silences: ReadonlySet<FailureCode> = new Set([
  'server_error',
  'timeout',
  'connection',
  'malformed_response',
  'not_the_api',
]);

/**
 * Whether a request ended without an answer of the API's own making: its own bad luck, or an outage, which only the
 * list can tell.
 */
export function isSilence(code: FailureCode): boolean {
  return silences.has(code);
}

/** Full jitter: a time between 0 and the exponential bound, so that many failed jobs do not come back together. */
export function backoffMs(attempt: number, policy: RetryPolicy, random: () => number): number {
  const boundMs = Math.min(policy.backoffMaxMs, policy.backoffBaseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(random() * boundMs);
}

/**
 * Decides by type and code what becomes of a failed attempt. `attempt` counts from 1; a `Retry-After` of the source is
 * a floor under every delay, as far as the policy lets it delay. An error of no known type is a bug: it is retried like
 * a transient one, because a bug must not lose a conversation, and ends as a dead letter.
 */
export function decideRetry(
  error: unknown,
  attempt: number,
  policy: RetryPolicy = defaultRetryPolicy,
  random: () => number = Math.random,
): RetryDecision {
  if (error instanceof TerminalFailure) {
    return error.concerns === 'source' ? { kind: 'pause_source' } : { kind: 'dead_letter' };
  }
  const askedMs = error instanceof TransientFailure ? (error.retryAfterMs ?? 0) : 0;
  const floorMs = Math.min(askedMs, policy.retryAfterMaxMs);
  if (error instanceof TransientFailure && error.code === 'concurrent_limit') {
    // At least half of the delay is kept, or a refused request would be sent again into the same crowd at once.
    const delayMs = Math.round(policy.concurrentLimitDelayMs * (0.5 + random()));
    return { kind: 'delay_job', delayMs: Math.max(floorMs, delayMs) };
  }
  if (error instanceof TransientFailure && error.code === 'rate_limit') {
    return { kind: 'delay_queue', delayMs: Math.max(floorMs, 1, backoffMs(attempt + 1, policy, random)) };
  }
  if (error instanceof TransientFailure && error.code === 'database') {
    // Nothing can be kept while Postgres is away: whatever is fetched meanwhile is thrown away. It is no fault of the
    // job's, however long it lasts.
    return { kind: 'delay_queue', delayMs: Math.max(floorMs, Math.round(policy.databaseDelayMs * (0.5 + random()))) };
  }
  if (error instanceof TransientFailure && error.concerns === 'source') return { kind: 'pause_source' };
  if (attempt >= attemptsMaxOf(error, policy)) return { kind: 'dead_letter' };
  if (askedMs > policy.retryAfterMaxMs && attempt > 1) return { kind: 'dead_letter' };
  return { kind: 'retry', delayMs: Math.max(floorMs, backoffMs(attempt, policy, random)) };
}

function attemptsMaxOf(error: unknown, { attemptsMax, attemptsMaxOf: fewer }: RetryPolicy): number {
  const fewest = error instanceof TransientFailure ? fewer[error.code] : undefined;
  return Math.min(attemptsMax, fewest ?? attemptsMax);
}

/**
 * The class and sentence under which an error is recorded. Of an error that is none of ours the words are judged: it
 * may quote what a source sent.
 */
export function describeFailure(error: unknown): { code: FailureCode; message: string; status: number | null } {
  if (error instanceof TerminalFailure || error instanceof TransientFailure) {
    return { code: error.code, message: error.message, status: error.status };
  }
  return { code: 'unexpected', message: describeJudged(error), status: null };
}

/**
 * An error as the fields of a log line: its class by the name that the tables and the JSON of commands have for it, its
 * message, its HTTP status.
 */
export function failureFields(error: unknown): { errorClass: FailureCode; message: string; status: number | null } {
  const { code, ...rest } = describeFailure(error);
  return { errorClass: code, ...rest };
}
