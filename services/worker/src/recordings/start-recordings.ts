import { describeFailure, failureFields, type TransientFailure } from '@voxport/domain';
import type { JobContext, JobPayloads } from '@voxport/jobs';
import { openRecordingStore } from '@voxport/recordings';
import { type Logger, repeat, type SourceConfig, storeSettings } from '@voxport/runtime';
import type { ConversationSource } from '@voxport/source';
import type { SourceStore } from '@voxport/warehouse';
import { downloadRecording } from './download-recording.ts';
import { makeFetchRecording } from './fetch-recording.ts';
import { postponementOfDeadLetter, type Postponement } from './postponement.ts';

/** Erased recordings are removed by whichever worker of the source comes first. */
const removeEveryMs = 15_000;

export interface RecordingsOptions {
  readonly store: Pick<
    SourceStore,
    | 'readRecordingToFetch'
    | 'markRecordingStored'
    | 'postponeRecording'
    | 'isRecordingLocation'
    | 'removeErasedRecordings'
  >;
  readonly config: SourceConfig;
  readonly source: Pick<ConversationSource, 'getRecording'>;
  /** Runs a request within the source's limit of requests in flight. */
  readonly inFlight: <Result>(request: () => Promise<Result>, signal: AbortSignal) => Promise<Result>;
  readonly logger: Logger;
}

/** The recordings' part of a worker. */
export interface Recordings {
  readonly fetchRecording: (request: JobPayloads['fetch-recording'], context: JobContext) => Promise<void>;
  /** A job that the queue has given up: its recording is put off, or given up. */
  readonly fail: (request: JobPayloads['fetch-recording'], error: unknown) => Promise<void>;
  /** Removes the bytes of recordings whose rows were deleted. A failure is logged, and fixed by a later pass. */
  readonly removeErased: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Starts what a worker does for the recordings of a source; with audio off it does nothing, and jobs of a former time
 * end without effect.
 */
export async function startRecordings(options: RecordingsOptions): Promise<Recordings> {
  const { store, config, source, inFlight, logger } = options;
  const { sourceId, audio } = config;
  if (audio === null) return { fetchRecording: nothing, fail: nothing, removeErased: nothing, close: nothing };

  const files = await openRecordingStore(storeSettings(audio));
  const closing = new AbortController();
  // A store that does not work keeps no transcript waiting: each recording is put off, and its row says why.
  await files
    .check(closing.signal)
    .catch((error: unknown) => logger.error(failureFields(error), 'recordings cannot be stored'));

  async function removeErased(conversationId?: string): Promise<void> {
    const { removed, failed } = await store.removeErasedRecordings({
      ...(conversationId === undefined ? {} : { conversationId }),
      remove: (location) => files.remove(location, closing.signal),
      describe: (error) => describeFailure(error).message,
    });
    if (removed > 0) logger.info({ removed }, 'recordings of erased conversations were removed');
    if (failed > 0) logger.error({ failed }, 'recordings could not be removed: see voxport_ops.recording_removals');
  }

  async function postpone(
    request: JobPayloads['fetch-recording'],
    { delaysSecs, givenUpAs }: Postponement,
    error: unknown,
  ): Promise<void> {
    const { code, message } = describeFailure(error);
    const state = await store.postponeRecording({ ...request, delaysSecs, givenUpAs, code, message });
    const fields = { job: 'fetch-recording', ...request, errorClass: code, state };
    if (code === 'not_found') logger.info(fields, message);
    else logger.error({ ...fields, ...(code === 'unexpected' ? { err: error } : {}) }, message);
  }

  const fetchRecording = makeFetchRecording({
    ...store,
    removeErased,
    checkStore: (signal) => files.check(signal),
    download: (conversationId, signal) =>
      inFlight(() => downloadRecording(source, files, { sourceId, conversationId }, signal), signal),
    remove: (location, signal) => files.remove(location, signal),
    postpone: (request, postponement, error: Error | TransientFailure) => postpone(request, postponement, error),
  });

  const removing = repeat({
    everyMs: removeEveryMs,
    begins: 'at once',
    step: () => removeErased(),
    onError: (error) => logger.warn(failureFields(error), 'erased recordings could not be looked for'),
  });

  return {
    fetchRecording,
    fail: (request, error) => postpone(request, postponementOfDeadLetter(error), error),
    removeErased: () => removeErased(),
    async close() {
      closing.abort(new Error('shutdown'));
      await removing[Symbol.asyncDispose]();
      files.close();
    },
  };
}

async function nothing(): Promise<void> {}
