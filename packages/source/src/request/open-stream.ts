import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TerminalFailure, TransientFailure } from '@voxport/domain';
import pRetry from 'p-retry';
import type { Dispatcher } from 'undici';
import { answerFailure, makeFailWith, traceIdOf } from './answer-failure.ts';
import type { ApiError } from './api-error.ts';
import { connectionFailure, isBrokenConnection } from './connection-failure.ts';
import { tellableToken } from './foreign-words.ts';
import { headerOf } from './header.ts';
import { TotalTimeoutError, UndecodableBodyError } from './problems.ts';
import { immediateRetries, type RequestParts } from './request.ts';
import type { Asked } from './status-failure.ts';

/**
 * A 200 whose body is read piece by piece. It holds a connection until the body is read to its end, or `close` is
 * called.
 */
export interface StreamedAnswer {
  readonly headers: IncomingHttpHeaders;
  /** Read once; throws failures, and the signal's reason. The server is held back while nobody reads. */
  readonly pieces: AsyncGenerator<Uint8Array, void, undefined>;
  /** Makes the failure that this answer's body asks for. */
  readonly failWith: (status: number, error: ApiError) => Error;
  /** Gives the connection up, unless the body was read to its end. */
  close(): void;
}

/** Of an error's body only this much is kept. */
const errorBodyBytesMax = 256 * 1024;

/**
 * Sends a GET and resolves when a 200's headers have come. Throws failures for everything else, as `request` does; a
 * connection that breaks before the headers is tried again at once. `totalMs` bounds the time until then, `recordingMs`
 * the time from then on, `bodyMs` the time between two pieces.
 */
export async function openStream(
  parts: RequestParts,
  path: string,
  asked: Asked,
  signal: AbortSignal,
): Promise<StreamedAnswer> {
  const { sourceId, baseUrl, proxy, timeouts, redact } = parts;
  signal.throwIfAborted();
  const startedAtMs = performance.now();
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let timer = stopAfter(timeouts.totalMs);
  let status: number | null = null;
  let traceId: string | null = null;
  let received = 0;
  let isOver = false;

  function stopAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      stop.abort(new TotalTimeoutError(`no complete answer came within ${ms} ms`));
    }, ms);
  }

  function end(): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    const durationMs = performance.now() - startedAtMs;
    parts.onResponse?.({ endpoint: asked.endpoint, status, durationMs, bytes: received, traceId });
  }

  function failure(error: unknown): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof TerminalFailure || error instanceof TransientFailure) return error;
    // The body's own error tells only that it was aborted; why stands with the signal.
    const cause: unknown = stop.signal.aborted ? stop.signal.reason : error;
    return connectionFailure(cause, { sourceId, baseUrl, proxy, subject: asked.subject, status }, redact);
  }

  try {
    const answer = await pRetry(() => send(parts, path, stop.signal), {
      ...immediateRetries,
      signal: stop.signal,
      shouldRetry: ({ error }) => isBrokenConnection(error),
    });
    status = answer.statusCode;
    traceId = traceIdOf(answer.headers);
    if (status !== 200) {
      const body = await readUpTo(answer.body, errorBodyBytesMax);
      received = body.byteLength;
      throw await answerFailure(parts, { status, headers: answer.headers, body }, asked);
    }
    clearTimeout(timer);
    timer = stopAfter(timeouts.recordingMs);

    const { body, headers } = answer;
    async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for await (const piece of decoded(counted(body), headers)) yield piece;
      } catch (error) {
        throw failure(error);
      } finally {
        body.destroy();
        end();
      }
    }
    async function* counted(wire: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
      for await (const piece of wire) {
        received += piece.byteLength;
        yield piece;
      }
    }
    // A body that is destroyed before anybody reads it may still emit an error.
    body.on('error', () => {});
    return {
      headers,
      pieces: pieces(),
      failWith: makeFailWith(parts, headers, asked),
      close() {
        if (isOver) return;
        body.destroy();
        end();
      },
    };
  } catch (error) {
    end();
    throw failure(error);
  }
}

/** Asks for the bytes as they are: sound does not compress any further. */
function send(
  { dispatcher, headers }: RequestParts,
  path: string,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  return dispatcher.request({
    path,
    method: 'GET',
    headers: { ...headers, accept: '*/*', 'accept-encoding': 'identity' },
    signal,
  });
}

/** Undoes a gzip that a server sends without being asked. */
async function* decoded(
  wire: AsyncGenerator<Buffer, void, undefined>,
  headers: IncomingHttpHeaders,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoding = headerOf(headers, 'content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return yield* wire;
  if (encoding !== 'gzip' && encoding !== 'x-gzip')
    throw new UndecodableBodyError(`the body's content-encoding is ${tellableToken(encoding)}, none was asked for`);
  let wireError: { readonly error: unknown } | null = null;
  async function* watched(): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* wire;
    } catch (error) {
      wireError = { error };
      throw error;
    }
  }
  try {
    yield* Readable.from(watched()).compose(createGunzip()) as AsyncIterable<Buffer>;
  } catch (error) {
    const broken = wireError as { readonly error: unknown } | null;
    if (broken !== null) throw broken.error;
    throw new UndecodableBodyError(
      `the gzip body is broken (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`,
    );
  }
}

async function readUpTo(body: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= bytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, bytesMax);
}
