import { setTimeout as sleep } from 'node:timers/promises';
import { describeFailure, TerminalFailure, TransientFailure } from '@voxport/domain';
import type { JobContext, JobPayloads } from '@voxport/jobs';
import type { SourceStore } from '@voxport/warehouse';
import { postponementOf, type Postponement } from './postponement.ts';

/** A recording that has been downloaded and stored. */
export interface FetchedRecording {
  readonly location: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface FetchRecordingDependencies extends Pick<
  SourceStore,
  'readRecordingToFetch' | 'markRecordingStored' | 'isRecordingLocation'
> {
  /** Removes what is left of an erased recording of this conversation, before a new one takes its place. */
  readonly removeErased: (conversationId: string) => Promise<void>;
  /** Whether the store works, where it did not a while ago. */
  readonly checkStore: (signal: AbortSignal) => Promise<void>;
  readonly download: (conversationId: string, signal: AbortSignal) => Promise<FetchedRecording>;
  readonly remove: (location: string, signal: AbortSignal) => Promise<void>;
  readonly postpone: (
    request: JobPayloads['fetch-recording'],
    postponement: Postponement,
    error: TerminalFailure | TransientFailure,
  ) => Promise<void>;
}

/**
 * Makes the handler of a recording's job: downloads it into the store, and notes it there and only there when it is
 * whole. What the source does not have yet, and what the store cannot take, is put off in Postgres; other failures are
 * the queue's to repeat.
 */
export function makeFetchRecording(dependencies: FetchRecordingDependencies) {
  const { readRecordingToFetch, markRecordingStored, isRecordingLocation } = dependencies;
  const { removeErased, checkStore, download, remove, postpone } = dependencies;
  /** After a failure of the store a download would be for nothing while the store does not work. */
  let isStoreSuspect = false;

  return async function fetchRecording(request: JobPayloads['fetch-recording'], { signal }: JobContext): Promise<void> {
    const { conversationId } = request;
    const recording = await readRecordingToFetch(request);
    if (recording === null) return;

    let stored: FetchedRecording;
    try {
      if (isStoreSuspect) await checkStore(signal);
      isStoreSuspect = false;
      await removeErased(conversationId);
      stored = await download(conversationId, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof TerminalFailure || error instanceof TransientFailure)) throw error;
      if (error.code === 'storage') isStoreSuspect = true;
      const postponement = postponementOf(error, recording.isPromised);
      if (postponement === null) throw error;
      await postpone(request, postponement, error);
      return;
    }

    const isWanted = await markRecordingStored({ ...request, ...stored });
    const leftOver = isWanted ? recording.location : stored.location;
    // An older recording under another name, or this one when its conversation was erased while it came.
    if (leftOver === null || (isWanted && leftOver === stored.location)) return;
    if (await isRecordingLocation({ conversationId, location: leftOver })) return;
    await removeInsistently(leftOver, signal);
  };

  /** The bytes of an erased conversation must not stay because the store was busy for a moment. */
  async function removeInsistently(location: string, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await remove(location, signal);
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        if (tries === 5) {
          // Told where the job's failure is handled, once.
          const { code, message } = describeFailure(error);
          const Kind = error instanceof TerminalFailure ? TerminalFailure : TransientFailure;
          throw new Kind(code, `${location}, which is not needed, could not be removed: ${message}`, { cause: error });
        }
        await sleep(200 * 2 ** tries, undefined, { signal });
      }
    }
  }
}
