import { type StoreSettings, TerminalFailure } from '@voxport/domain';
import { openDirectoryStore } from './directory-store.ts';
import type { RecordingStore } from './store.ts';

/**
 * Opens the store of a source's recordings; nothing is written yet.
 * @throws TerminalFailure when a bucket is configured and the AWS client, an optional dependency, was not installed.
 */
export async function openRecordingStore(settings: StoreSettings): Promise<RecordingStore> {
  if ('directory' in settings) return openDirectoryStore(settings);
  try {
    const { openBucketStore } = await import('./bucket-store.ts');
    return openBucketStore(settings.s3);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new TerminalFailure(
      'storage',
      'audio.s3 needs the packages @aws-sdk/client-s3 and @aws-sdk/lib-storage, which were left out of this installation. Install with optional dependencies.',
      { cause: error },
    );
  }
}
