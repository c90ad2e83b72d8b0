import type { IncomingHttpHeaders } from 'node:http';
import type { ApiError } from '../request/api-error.ts';
import type { PageParts } from '../rows/page-parts.ts';

/** All in which the APIs differ. */
export interface DialectAdapter {
  /** Appended to the base URL; a conversation's detail is one step below. */
  readonly collectionPath: string;
  /** Whether a conversation can be deleted by `DELETE` on its path. */
  readonly canDelete: boolean;
  /** The header that carries the API key. */
  readonly keyHeader: string;
  /** Reads a list envelope; a sentence on what is wrong with it when it is none. */
  readonly readPage: (json: unknown) => PageParts | string;
  /**
   * What an answer lacks that every conversation of this dialect has: a few words for a sentence; null where it is
   * whole.
   */
  readonly findMissing: (json: unknown) => string | null;
  /**
   * How many turns a detail's transcript has; null where that cannot be compared with the count of a list row, or the
   * source has removed them.
   */
  readonly countTurns: (json: unknown) => number | null;
  readonly readApiError: (body: Uint8Array) => ApiError;
  /** Milliseconds that an answer of this status asks to wait; null when it names no time. */
  readonly readRetryAfterMs: (headers: IncomingHttpHeaders, status: number) => number | null;
  /** The error that an envelope tells of under a 200; null when it tells of none. */
  readonly readEmbeddedError: (json: unknown) => { readonly status: number; readonly error: ApiError } | null;
}
