import type { FailureCode } from '@voxport/domain';
import { TerminalFailure, TransientFailure } from '@voxport/domain';
import type { ApiError } from './api-error.ts';
import { tellableError, tellableTraceId } from './foreign-words.ts';

/** What was asked for, as far as the meaning of a status depends on it. */
export interface Asked {
  readonly endpoint: 'list' | 'detail' | 'audio' | 'delete' | 'entities';
  /** For messages: `the list of conversations`, `conversation conv_…`, `the list of agents`. */
  readonly subject: string;
  readonly hasCursor: boolean;
}

interface Verdict {
  readonly code: FailureCode;
  readonly isTerminal: boolean;
  readonly advice: string;
}

const unauthorized: Verdict = {
  code: 'unauthorized',
  isTerminal: true,
  advice:
    "Check the source's API key (api_key_env or api_key_file; ELEVENLABS_API_KEY), and that it belongs to this base_url.",
};
const forbidden: Verdict = {
  code: 'forbidden',
  isTerminal: true,
  advice: 'Give the API key permission to read conversations.',
};
const forbiddenDeletion: Verdict = {
  ...forbidden,
  advice: 'Give the API key permission to delete conversations, or delete them at the source by hand.',
};
const forbiddenEntities: Verdict = {
  ...forbidden,
  advice: 'Give the API key the permission convai_read (Agents: read), or take this out of the entities of the source.',
};
const noEntities: Verdict = {
  code: 'not_found',
  isTerminal: true,
  advice: 'The source does not have it (any more).',
};
const paymentRequired: Verdict = {
  code: 'payment_required',
  isTerminal: true,
  advice: "Settle the source's account, then resume the source.",
};
const quotaExceeded: Verdict = {
  code: 'quota_exceeded',
  isTerminal: true,
  advice:
    "The API key is good; the account's quota is used up. Raise the quota at the source, or wait until it is renewed.",
};
const notFound: Verdict = { code: 'not_found', isTerminal: true, advice: 'It is gone at the source.' };
const noRecording: Verdict = {
  code: 'not_found',
  isTerminal: true,
  advice: 'There is none, or not yet.',
};
const cursorExpired: Verdict = {
  code: 'cursor_expired',
  isTerminal: true,
  advice: 'The window must be listed again from its beginning.',
};
const concurrentLimit: Verdict = {
  code: 'concurrent_limit',
  isTerminal: false,
  advice: 'Fewer requests may be in flight at once.',
};
const rateLimit: Verdict = { code: 'rate_limit', isTerminal: false, advice: 'Ask again later, and less often.' };
const serverError: Verdict = {
  code: 'server_error',
  isTerminal: false,
  advice: 'The fault is at the source; it is asked again later.',
};
const noListHere: Verdict = {
  code: 'invalid_request',
  isTerminal: true,
  advice: "There is no conversation list at this address: check the source's base_url and dialect.",
};
const notTheApi: Verdict = {
  code: 'not_the_api',
  isTerminal: false,
  advice:
    "It was not the API that answered but something in front of it, so this tells nothing about the conversation or the API key: check the source's base_url, and what stands between (a proxy, a firewall, a login page).",
};
const moved: Verdict = {
  code: 'invalid_request',
  isTerminal: true,
  advice: "The key is not sent to another address: set the source's base_url to the final one.",
};
const movedForNow: Verdict = {
  code: 'malformed_response',
  isTerminal: false,
  advice: 'A redirect is not followed, so that the key does not travel; it is asked again later.',
};
const unexpectedSuccess: Verdict = {
  code: 'malformed_response',
  isTerminal: false,
  advice: 'Expected was 200 with a body.',
};
const invalidRequest: Verdict = {
  code: 'invalid_request',
  isTerminal: true,
  advice: 'Sending the same again cannot help.',
};

/**
 * Codes that say more than the status they came with: a proxy answers a missing key with 400, the vendor a missing
 * permission with 401.
 */
const verdictsByCode: ReadonlyArray<
  readonly [codes: readonly string[], statuses: readonly number[], verdict: Verdict]
> = [
  [['missing_permissions', 'insufficient_permissions', 'forbidden'], [400, 401, 403], forbidden],
  [['invalid_api_key', 'missing_api_key', 'needs_authorization', 'unauthorized'], [400, 401, 403], unauthorized],
  [['payment_required'], [400, 401, 402, 403], paymentRequired],
  [['quota_exceeded'], [400, 401, 402, 403, 429], quotaExceeded],
  [['concurrent_limit_exceeded', 'too_many_concurrent_requests'], [429], concurrentLimit],
];

function judge(status: number, error: ApiError, hasBody: boolean, asked: Asked): Verdict {
  // A proxy may pass its upstream's refusal on inside an error of its own, so the status is not looked at here.
  if (asked.hasCursor && (error.codes.includes('invalid_cursor') || error.parameter === 'cursor')) return cursorExpired;
  for (const [codes, statuses, verdict] of verdictsByCode) {
    if (statuses.includes(status) && codes.some((code) => error.codes.includes(code)))
      return verdict === forbidden ? forbiddenTo(asked) : verdict;
  }
  // A refusal without a body may be the API's own; one that comes as a page is not.
  if ((status === 401 || status === 403) && hasBody && !error.isFromApi) return notTheApi;
  if (status === 401) return unauthorized;
  if (status === 402) return paymentRequired;
  if (status === 403) return forbiddenTo(asked);
  if (status === 404 && asked.endpoint === 'list') return noListHere;
  if (status === 404 && error.isFromApi && asked.endpoint === 'entities') return noEntities;
  if (status === 404 && error.isFromApi) return asked.endpoint === 'audio' ? noRecording : notFound;
  if (status === 404) return notTheApi;
  if (status === 408 || status >= 500) return serverError;
  if (status === 429) return rateLimit;
  if (status >= 400) return invalidRequest;
  if (status === 301 || status === 308) return moved;
  return status >= 300 ? movedForNow : unexpectedSuccess;
}

function forbiddenTo({ endpoint }: Asked): Verdict {
  if (endpoint === 'delete') return forbiddenDeletion;
  return endpoint === 'entities' ? forbiddenEntities : forbidden;
}

/**
 * Turns an answer that is no 200 into a failure. The code is decided by status and by the codes in the error's body,
 * never by its words. They do not go into the message: they may quote a call, see `tellableError`.
 */
export function statusFailure(
  answer: {
    status: number;
    error: ApiError;
    hasBody: boolean;
    retryAfterMs: number | null;
    traceId: string | null;
    location: string | null;
  },
  asked: Asked,
  sourceId: string,
  redact: (text: string) => string,
): TerminalFailure | TransientFailure {
  const { status, error } = answer;
  const verdict = judge(status, error, answer.hasBody, asked);
  const message = [
    `Source "${sourceId}": asked for ${asked.subject}, ${verdict === notTheApi ? 'the answer was' : 'the API answered'} ${status}`,
    tellableError(error),
    answer.location === null ? '' : `, with a redirect to ${redact(answer.location)}`,
    `. ${verdict.advice}`,
    answer.traceId === null ? '' : ` (trace id ${redact(tellableTraceId(answer.traceId))})`,
  ].join('');
  return verdict.isTerminal
    ? new TerminalFailure(verdict.code, message, { status })
    : new TransientFailure(verdict.code, message, { status, retryAfterMs: answer.retryAfterMs });
}
