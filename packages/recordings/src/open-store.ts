import type { StoreSettings } from '@voxport/domain';
import { openDirectoryStore } from './directory-store.ts';
import type { RecordingStore } from './store.ts';

/** Opens the store of a source's recordings; nothing is written yet. */
export async function openRecordingStore(settings: StoreSettings): Promise<RecordingStore> {
  if ('directory' in settings) return openDirectoryStore(settings);
  // Loaded where a bucket is configured only: the client takes a process a second and 22 MB.
  const { openBucketStore } = await import('./bucket-store.ts');
  return openBucketStore(settings.s3);
}
