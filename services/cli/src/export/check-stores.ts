import { openRecordingStore } from '@voxport/recordings';
import { storeSettings, type SourceContext } from '@voxport/runtime';

/**
 * Writes something small where each source's recordings will be stored: a missing directory or a wrong bucket is better
 * known before a run than during it.
 */
export async function checkStores(sources: readonly SourceContext[], signal: AbortSignal): Promise<void> {
  for (const { config } of sources) {
    if (config.audio === null) continue;
    const store = await openRecordingStore(storeSettings(config.audio));
    try {
      await store.check(signal);
    } finally {
      store.close();
    }
  }
}
