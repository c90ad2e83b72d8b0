import type { Logger, SourceConfig } from '@voxport/runtime';
import type { Database } from '@voxport/warehouse';
import { makeCheckInSecs } from './check-in.ts';
import { makeLoadBatch } from './load-batch.ts';

/**
 * Loads what has landed and waits, without the queue, as one more loader beside those that may run. Resolves with how
 * many payloads it ended.
 */
export async function loadWaiting(options: {
  readonly database: Database;
  readonly config: Pick<
    SourceConfig,
    'sourceId' | 'dialect' | 'mode' | 'mirrorDeletions' | 'rawHistory' | 'checkPolicy' | 'audio'
  >;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { database, config, logger, signal } = options;
  const loadBatch = makeLoadBatch({
    ...config,
    database,
    wantsAudio: config.audio !== null && config.mode === 'poll',
    checkInSecs: makeCheckInSecs(config.checkPolicy),
    logger,
  });
  let loaded = 0;
  for (;;) {
    signal.throwIfAborted();
    const ended = await loadBatch();
    if (ended === 0) return loaded;
    loaded += ended;
  }
}
