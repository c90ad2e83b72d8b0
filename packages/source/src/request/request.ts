import pRetry from 'p-retry';
import type { Dispatcher } from 'undici';
import type { SourceTimeouts } from '../settings.ts';
import { answerFailure, type AnswerFailureParts, makeFailWith, traceIdOf } from './answer-failure.ts';
import type { ApiError } from './api-error.ts';
import { connectionFailure, isBrokenConnection, type ProxyInUse } from './connection-failure.ts';
import { decodeBody } from './decode-body.ts';
import { type RawResponse, exchange } from './exchange.ts';
import { TotalTimeoutError } from './problems.ts';
import type { Asked } from './status-failure.ts';

/** What is told about each HTTP exchange, second tries included. */
export interface ResponseEvent {
  readonly endpoint: Asked['endpoint'];
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly durationMs: number;
  /** Body bytes as they came over the wire. */
  readonly bytes: number;
  readonly traceId: string | null;
}

/** The decoded body of a 200. */
interface Answer {
  readonly body: Uint8Array;
  /** `performance.now()` when the last byte had come. */
  readonly receivedAtMs: number;
  /** Makes the failure that this answer's body asks for, where an envelope tells of an error under a 200. */
  readonly failWith: (status: number, error: ApiError) => Error;
}

export interface RequestParts extends AnswerFailureParts {
  readonly dispatcher: Dispatcher;
  readonly proxy: ProxyInUse | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: SourceTimeouts;
  readonly responseBytesMax: number;
  readonly onResponse: ((event: ResponseEvent) => void) | undefined;
}

export type Request = (path: string, asked: Asked, signal: AbortSignal) => Promise<Answer>;

/**
 * A keep-alive race or a lone reset is over at once; what lasts longer belongs to the queue, which knows how to wait.
 */
export const immediateRetries = { retries: 2, minTimeout: 10, factor: 2, randomize: true };

/**
 * Makes the one function through which all requests go: `request(path, asked, signal)` returns the decoded body of a
 * 200. It throws a `TerminalFailure` or `TransientFailure` for everything else, and `signal`'s reason when aborted.
 * A connection that breaks under a request is tried again at once, twice at most (GETs, and deletions, which come to
 * the same when they are sent twice).
 */
export function makeRequest(parts: RequestParts): Request {
  const { dispatcher, sourceId, baseUrl, proxy, headers, timeouts, responseBytesMax, redact } = parts;

  async function attempt(
    path: string,
    asked: Asked,
    stop: AbortSignal,
  ): Promise<{ raw: RawResponse; receivedAtMs: number }> {
    const startedAtMs = performance.now();
    let raw: RawResponse | null = null;
    try {
      raw = await exchange(dispatcher, methodOf(asked), path, headers, responseBytesMax, stop);
      return { raw, receivedAtMs: performance.now() };
    } finally {
      parts.onResponse?.({
        endpoint: asked.endpoint,
        status: raw?.status ?? null,
        durationMs: performance.now() - startedAtMs,
        bytes: raw?.body.byteLength ?? 0,
        traceId: raw === null ? null : traceIdOf(raw.headers),
      });
    }
  }

  async function send(
    path: string,
    asked: Asked,
    signal: AbortSignal,
  ): Promise<{ raw: RawResponse; receivedAtMs: number }> {
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    // Not `AbortSignal.any` with `AbortSignal.timeout`: such a timer cannot be cleared and would outlive its request.
    const timer = setTimeout(() => {
      stop.abort(new TotalTimeoutError(`no complete answer came within ${timeouts.totalMs} ms`));
    }, timeouts.totalMs);
    try {
      return await pRetry(() => attempt(path, asked, stop.signal), {
        ...immediateRetries,
        signal: stop.signal,
        shouldRetry: ({ error }) => isBrokenConnection(error),
      });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  return async function request(path, asked, signal) {
    signal.throwIfAborted();
    let status: number | null = null;
    const broken = (error: unknown): unknown => {
      if (signal.aborted) return signal.reason;
      return connectionFailure(error, { sourceId, baseUrl, proxy, subject: asked.subject, status }, redact);
    };

    const { raw, receivedAtMs } = await send(path, asked, signal).catch((error: unknown) => {
      throw broken(error);
    });
    status = raw.status;

    const isDone = status === 200 || (asked.endpoint === 'delete' && status === 204);
    if (!isDone) throw await answerFailure(parts, raw, asked);

    const body = await decodeBody(raw.body, raw.headers, responseBytesMax).catch((error: unknown) => {
      throw broken(error);
    });
    return { body, receivedAtMs, failWith: makeFailWith(parts, raw.headers, asked) };
  };
}

function methodOf({ endpoint }: Asked): 'GET' | 'DELETE' {
  return endpoint === 'delete' ? 'DELETE' : 'GET';
}
