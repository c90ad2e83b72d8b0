import type { DialectAdapter } from '../conversations/dialect-adapter.ts';
import { readRateLimitResetMs, readRetryAfterMs } from '../request/retry-after.ts';
import { isObject } from '../rows/values.ts';
import { readApiError, readEmbeddedError } from './read-api-error.ts';
import { readPage } from './read-page.ts';

/** Voiceable, a proxy in front of ElevenLabs: https://docs.voiceable.dev. */
export const voiceable: DialectAdapter = {
  collectionPath: '/conversations',
  canDelete: false,
  keyHeader: 'x-api-key',
  readPage,
  // What a detail lacks its list row has; one that has nothing at all of a conversation is none.
  findMissing: (json) =>
    isObject(json) && ['status', 'transcript', 'metadata'].every((key) => (json[key] ?? null) === null)
      ? 'no status, no transcript and no metadata'
      : null,
  countTurns: () => null,
  readApiError,
  readRetryAfterMs(headers, status) {
    const retryAfterMs = readRetryAfterMs(headers, Date.now());
    // The rate headers stand on every answer, so they mean a wait only under a 429.
    return retryAfterMs === null && status === 429 ? readRateLimitResetMs(headers, Date.now()) : retryAfterMs;
  },
  readEmbeddedError,
};
