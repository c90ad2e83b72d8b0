import { elevenLabsProblem, voiceableProblem, type ErrorForm, type Problem } from './problem.ts';
import type { Dialect } from './settings.ts';

/** An answer before it is sent. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body compressed already. */
  readonly gzip?: Buffer;
}

/** A JSON answer. */
export function jsonAnswer(status: number, body: unknown, headers?: Answer['headers']): Answer {
  return {
    status,
    contentType: 'application/json',
    body: JSON.stringify(body),
    ...(headers === undefined ? undefined : { headers }),
  };
}

/** Puts a problem into the form in which one request's client expects it. */
export type Complain = (problem: Problem, headers?: Answer['headers']) => Answer;

/** Makes the complaints of one request. */
export function makeComplain(dialect: Dialect, requestId: string, form: ErrorForm): Complain {
  return (problem, headers) =>
    jsonAnswer(
      problem.status,
      dialect === 'voiceable' ? voiceableProblem(problem) : elevenLabsProblem(problem, requestId, form),
      headers,
    );
}

/** A front end's page, as it comes with some 5xx. */
export function htmlAnswer(status: number): Answer {
  const title = status === 502 ? 'Bad Gateway' : status === 503 ? 'Service Unavailable' : 'Server Error';
  return {
    status,
    contentType: 'text/html; charset=UTF-8',
    body: `<html>\n<head><title>${status} ${title}</title></head>\n<body><center><h1>${status} ${title}</h1></center></body>\n</html>\n`,
  };
}

/** The errors that the server itself gives, whatever the endpoint. */
export const problems = {
  missingKey: {
    status: 401,
    code: 'missing_api_key',
    message: 'No API key was given.',
    legacyStatus: 'needs_authorization',
  },
  missingKeyVoiceable: { status: 400, code: 'missing_api_key', message: 'Missing API key' },
  invalidKey: {
    status: 401,
    code: 'invalid_api_key',
    message: 'The API key is invalid.',
    legacyStatus: 'invalid_api_key',
  },
  missingPermission: {
    status: 401,
    code: 'missing_permissions',
    message: 'The API key you used is missing the permission convai_read to execute this operation.',
    legacyStatus: 'missing_permissions',
  },
  concurrentLimit: {
    status: 429,
    code: 'concurrent_limit_exceeded',
    message: 'Too many requests are in flight for this workspace.',
    legacyStatus: 'too_many_concurrent_requests',
  },
  rateLimit: { status: 429, code: 'rate_limit_exceeded', message: 'Too many requests.' },
  systemBusy: { status: 429, code: 'system_busy', message: 'The system is busy, try again later.' },
  conversationNotFound: {
    status: 404,
    code: 'conversation_not_found',
    message: 'The conversation does not exist.',
    param: 'conversation_id',
  },
  noSuchEntity: { status: 404, code: 'not_found', message: 'There is no such document.' },
  noAudio: { status: 404, code: 'audio_not_found', message: 'The conversation has no audio.' },
  badGateway: { status: 502, code: 'bad_gateway', message: 'ElevenLabs API error' },
  noSuchPath: { status: 404, code: 'not_found', message: 'Not Found' },
  invalidCursor: { status: 400, code: 'invalid_cursor', message: 'The cursor is invalid or expired.', param: 'cursor' },
} as const satisfies Record<string, Problem>;
