/** Every reason why a step can fail, as it stands in `voxport_ops.failures.error_class`, and what it means. */
export const failureCodes = {
  unauthorized: '401: the key is missing, wrong or revoked',
  forbidden: '403: the key lacks a permission',
  payment_required: '402',
  quota_exceeded: "the account's quota is used up; the key is good",
  not_found: '404, and the list does not show it (any more): the conversation is gone at the source',
  detail_missing: '404, and the list still shows it: no deletion',
  incomplete_payload: '200, but without what every conversation has, or with fewer turns than the list counts',
  not_the_api: 'a 401, 403 or 404 that a front end has answered, not the API',
  cursor_expired: '400 invalid_cursor: this window must be listed again',
  invalid_request: 'any other 4xx: sending it again cannot help',
  concurrent_limit: '429: too many requests in flight',
  rate_limit: '429: too many requests',
  server_error: '5xx',
  timeout: 'no answer in time',
  source_down: 'what was asked for was not answered, and neither is the list: the source is away as a whole',
  connection: 'refused, reset, no such host, truncated body',
  malformed_response: '200, but no JSON of the expected envelope (HTML from a front end, a cut body)',
  incomplete_list: 'fewer rows came than the source counts: the window must be listed again',
  damaged_payload: 'what is stored cannot be decoded: the detail must be fetched anew',
  unusable_payload: 'JSON, but no conversation: not an object, no id, another id',
  mapping: 'the loader could not write it',
  database: 'Postgres: connection lost, deadlock, time-out',
  storage: 'the place of the recordings: full, not mounted, no right, no such bucket',
  unexpected: 'a bug: not one of ours',
} as const;
export type FailureCode = keyof typeof failureCodes;

/**
 * A failure whose handling is decided: the base of the two classes below. `code` says what happened, the class what to
 * do.
 */
abstract class Failure extends Error {
  readonly code: FailureCode;
  /** The HTTP status, where there was an answer. */
  readonly status: number | null;
  /** What it is about: the one thing that was asked for, until the source itself has been asked and is at fault. */
  readonly concerns: 'request' | 'source';

  constructor(
    code: FailureCode,
    message: string,
    options: { status?: number | null; cause?: unknown; concerns?: 'request' | 'source' } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? null;
    this.concerns = options.concerns ?? 'request';
  }
}

/** Trying again cannot help: record it, or pause the source where it concerns that. */
export class TerminalFailure extends Failure {
  override readonly name = 'TerminalFailure';
  /** The bytes that came, where they are evidence (`unusable_payload`): kept with the failure record. */
  readonly body: Uint8Array | null;

  constructor(
    code: FailureCode,
    message: string,
    options: {
      status?: number | null;
      cause?: unknown;
      concerns?: 'request' | 'source';
      body?: Uint8Array | null;
    } = {},
  ) {
    super(code, message, options);
    this.body = options.body ?? null;
  }
}

/** Trying again later may help; not before `retryAfterMs`, where the source named a time. */
export class TransientFailure extends Failure {
  override readonly name = 'TransientFailure';
  readonly retryAfterMs: number | null;
  /**
   * The bytes that came, where they are evidence (`malformed_response`): kept with the failure record if it comes to
   * one.
   */
  readonly body: Uint8Array | null;

  constructor(
    code: FailureCode,
    message: string,
    options: {
      status?: number | null;
      cause?: unknown;
      concerns?: 'request' | 'source';
      retryAfterMs?: number | null;
      body?: Uint8Array | null;
    } = {},
  ) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.body = options.body ?? null;
  }
}
