import type { RecordingStore } from '@voxport/recordings';
import type { ConversationSource } from '@voxport/source';
import type { FetchedRecording } from './fetch-recording.ts';

/** Passes a recording from the source to the store, as fast as the slower of the two. */
export async function downloadRecording(
  source: Pick<ConversationSource, 'getRecording'>,
  store: Pick<RecordingStore, 'put'>,
  { sourceId, conversationId }: { sourceId: string; conversationId: string },
  signal: AbortSignal,
): Promise<FetchedRecording> {
  using recording = await source.getRecording(conversationId, signal);
  const { contentType, body } = recording;
  // Awaited here: the recording is disposed of when this scope ends.
  const stored = await store.put({ sourceId, conversationId, contentType, body }, signal);
  return { ...stored, contentType };
}
