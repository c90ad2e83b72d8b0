import type { DialectAdapter } from '../conversations/dialect-adapter.ts';
import { countTurns, findMissing } from '../rows/find-missing.ts';
import { readRetryAfterMs } from '../request/retry-after.ts';
import { readApiError } from './read-api-error.ts';
import { readPage } from './read-page.ts';

/** ElevenLabs: https://elevenlabs.io/docs/api-reference/conversations/list and …/get. */
export const elevenlabs: DialectAdapter = {
  collectionPath: '/v1/convai/conversations',
  canDelete: true,
  keyHeader: 'xi-api-key',
  readPage,
  findMissing,
  countTurns,
  readApiError,
  readRetryAfterMs: (headers) => readRetryAfterMs(headers, Date.now()),
  readEmbeddedError: () => null,
};
