import type { IncomingHttpHeaders } from 'node:http';
import type { ApiError } from './api-error.ts';
import { decodeBody } from './decode-body.ts';
import type { RawResponse } from './exchange.ts';
import { headerOf } from './header.ts';
import { ResponseTooLargeError, UndecodableBodyError } from './problems.ts';
import { type Asked, statusFailure } from './status-failure.ts';

/** What an answer's failure is made with. */
export interface AnswerFailureParts {
  readonly sourceId: string;
  readonly baseUrl: string;
  readonly redact: (text: string) => string;
  readonly readApiError: (body: Uint8Array) => ApiError;
  readonly readRetryAfterMs: (headers: IncomingHttpHeaders, status: number) => number | null;
}

/** Makes the function that turns one answer into a failure: with its own status, or with one that its body tells of. */
export function makeFailWith(
  parts: AnswerFailureParts,
  headers: IncomingHttpHeaders,
  asked: Asked,
): (status: number, error: ApiError, hasBody?: boolean) => Error {
  return (status, error, hasBody = true) =>
    statusFailure(
      {
        status,
        error,
        hasBody,
        retryAfterMs: parts.readRetryAfterMs(headers, status),
        traceId: traceIdOf(headers),
        location: status >= 300 && status < 400 ? locationOf(headers, parts.baseUrl) : null,
      },
      asked,
      parts.sourceId,
      parts.redact,
    );
}

/** The failure of an answer that is no 200, from its status and its body. */
export async function answerFailure(parts: AnswerFailureParts, raw: RawResponse, asked: Asked): Promise<Error> {
  const body = await decodeErrorBody(raw);
  return makeFailWith(parts, raw.headers, asked)(raw.status, parts.readApiError(body), body.byteLength > 0);
}

/** The name under which the source's operators find a request. */
export function traceIdOf(headers: IncomingHttpHeaders): string | null {
  return headerOf(headers, 'x-trace-id') ?? headerOf(headers, 'x-request-id');
}

/** The host that a redirect leads to, without path and query, which may hold anything. */
function locationOf(headers: IncomingHttpHeaders, baseUrl: string): string | null {
  const location = headerOf(headers, 'location');
  if (location === null || !URL.canParse(location, baseUrl)) return null;
  return new URL(location, baseUrl).origin;
}

const errorBodyDecodedBytesMax = 1024 * 1024;

/** The status decides; a body that cannot be read only leaves the message shorter. */
async function decodeErrorBody(raw: RawResponse): Promise<Uint8Array> {
  try {
    return await decodeBody(raw.body, raw.headers, errorBodyDecodedBytesMax);
  } catch (error) {
    if (error instanceof UndecodableBodyError || error instanceof ResponseTooLargeError) return new Uint8Array();
    throw error;
  }
}
