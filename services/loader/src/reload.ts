import type { Dialect } from '@voxport/domain';
import type { Logger } from '@voxport/runtime';
import {
  countStoredConversations,
  nextStoredConversations,
  retryTransaction,
  type Database,
  type StoredSelection,
} from '@voxport/warehouse';
import { makeReloadBatch } from './reload-batch.ts';

/** Conversations a transaction, as the loader has them. */
const batchSizeMax = 200;
/** Payload bytes a transaction, decoded, as the loader has them: what is larger comes alone. */
const batchBytesMax = 8 * 1024 * 1024;

/** How far a reload has come. */
export interface ReloadProgress {
  readonly conversations: number;
  readonly conversationsTotal: number;
  readonly payloads: number;
  readonly failed: number;
}

/**
 * Rebuilds the rows of a source's conversations from the raw store, without the API and without the queue, while
 * readers read and a fleet runs: a batch a transaction, in the order of the ids. What has landed and was not loaded yet
 * is left to the loader. Resolves with what was done; rejects with the signal's reason when aborted (what was rebuilt
 * stays), or with an error of the database that does not pass.
 */
export async function reload(options: {
  readonly database: Database;
  readonly dialect: Dialect;
  readonly mirrorDeletions: boolean;
  readonly selection: StoredSelection;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReloadProgress) => void;
}): Promise<ReloadProgress> {
  const { database, selection, signal, onProgress } = options;
  const { kysely } = database;
  const reloadBatch = makeReloadBatch({ ...options, sourceId: selection.sourceId });
  const { conversations: conversationsTotal } = await countStoredConversations(kysely, selection);
  let progress: ReloadProgress = { conversations: 0, conversationsTotal, payloads: 0, failed: 0 };
  let after = '';
  for (;;) {
    signal.throwIfAborted();
    const walk = { ...selection, after, limit: batchSizeMax, bytesMax: batchBytesMax };
    const conversationIds = await nextStoredConversations(kysely, walk);
    const last = conversationIds.at(-1);
    if (last === undefined) return progress;
    const done = await retryTransaction(() => reloadBatch(conversationIds), signal);
    after = last;
    progress = {
      conversations: progress.conversations + conversationIds.length,
      conversationsTotal,
      payloads: progress.payloads + done.payloads,
      failed: progress.failed + done.failed,
    };
    onProgress(progress);
  }
}
