import { openDirectoryStore } from './directory-store.ts';
import type { RecordingStore, StoreSettings } from './store.ts';

/** Opens the store of a source's recordings; nothing is written yet. */
export async function openRecordingStore(settings: StoreSettings): Promise<RecordingStore> {
  if ('directory' in settings) return openDirectoryStore(settings);
  throw new Error('not yet');
}
