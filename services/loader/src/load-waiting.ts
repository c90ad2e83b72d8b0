import type { Logger } from '@voxport/runtime';
import type { Database } from '@voxport/warehouse';
import { makeLoadBatch } from './load-batch.ts';
import { loadSettings, type LoadedSourceConfig } from './load-settings.ts';

/**
 * Loads what has landed and waits, without the queue, as one more loader beside those that may run. Resolves with how
 * many payloads it ended.
 */
export async function loadWaiting(options: {
  readonly database: Database;
  readonly config: LoadedSourceConfig;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { database, config, logger, signal } = options;
  const loadBatch = makeLoadBatch({ ...loadSettings(config), database, logger });
  let loaded = 0;
  for (;;) {
    signal.throwIfAborted();
    const ended = await loadBatch();
    if (ended === 0) return loaded;
    loaded += ended;
  }
}
