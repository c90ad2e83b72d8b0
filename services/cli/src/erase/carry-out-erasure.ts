import { openEngine, openProducer } from '@voxport/jobs';
import type { Config, Logger, QueueStore } from '@voxport/runtime';
import {
  beginErasure,
  writeTombstones,
  eraseConversations,
  eraseIdentityMentions,
  finishErasure,
  retryTransaction,
  waitForWriters,
  type Database,
  type ErasureRequest,
} from '@voxport/warehouse';
import { deleteAtSource, type DeletedAtSource } from './delete-at-source.ts';
import type { PlannedSource } from './plan-erasure.ts';

/** Conversations a transaction. */
const batchSizeMax = 200;

/** What an erasure did. */
export interface ErasureResult {
  readonly erasureId: number;
  readonly conversations: number;
  readonly removed: Readonly<Record<string, number>>;
  readonly jobs: number;
  /** By source; null where the API was not asked to delete. */
  readonly atSource: ReadonlyMap<string, DeletedAtSource> | null;
}

/**
 * Carries an erasure out. First the tombstones, so that nothing comes back whatever is under way; then the source,
 * while the ids are still known; then the traces here; then the jobs. Interrupted, it is run again: what it had not
 * removed yet is still found.
 */
export async function carryOutErasure(options: {
  readonly database: Database;
  readonly queue: QueueStore;
  readonly config: Config;
  readonly request: ErasureRequest;
  /** Finds what is to be erased; asked again when nobody writes any more, for what came meanwhile. */
  readonly plan: () => Promise<readonly PlannedSource[]>;
  readonly atSource: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}): Promise<ErasureResult> {
  const { database, config, request, logger, signal } = options;
  const { kysely } = database;
  // Before anything is removed: without the queue the jobs would keep the ids.
  const onError = (error: Error): void => logger.warn({ err: error }, 'the queue reports an error');
  await using opened = new AsyncDisposableStack();
  const engine = await openEngine({ ...options.queue, consumersMax: 1, onError });
  opened.defer(() => engine.close());

  const erasureId = await beginErasure(kysely, request);
  const planned = await writeAllTombstones(options, erasureId);
  const atSource = options.atSource ? await deleteAll(planned, config, signal, options.note) : null;

  const removed: Record<string, number> = {};
  let [conversations, jobs] = [0, 0];
  for (const { sourceId, selector, conversations: erased } of planned) {
    const producer = await openProducer(engine, sourceId, onError);
    opened.defer(() => producer.close());
    for (const batch of batches(erased)) {
      signal.throwIfAborted();
      const conversationIds = batch.map(({ conversationId }) => conversationId);
      const done = await retryTransaction(() => eraseConversations(kysely, { sourceId, conversationIds }), signal);
      for (const [place, rows] of Object.entries(done)) removed[place] = (removed[place] ?? 0) + rows;
      conversations += batch.length;
      jobs += await producer.removeConversations(batch, signal);
    }
    const mentions = await retryTransaction(() => eraseIdentityMentions(kysely, { sourceId, selector }), signal);
    removed['mentions'] = (removed['mentions'] ?? 0) + mentions;
  }
  await finishErasure(kysely, {
    erasureId,
    conversations,
    removed,
    atSource: atSource === null ? null : sumOf(atSource),
  });
  return { erasureId, conversations, removed, jobs, atSource };
}

/** Leaves the tombstones, and those of what landed while they were left. */
async function writeAllTombstones(
  { database: { kysely }, plan, signal }: Parameters<typeof carryOutErasure>[0],
  erasureId: number,
): Promise<readonly PlannedSource[]> {
  const written = new Set<string>();
  for (;;) {
    signal.throwIfAborted();
    const planned = await plan();
    let isNew = false;
    for (const { sourceId, conversations } of planned) {
      const key = (conversationId: string): string => `${sourceId}\n${conversationId}`;
      const without = conversations.filter(({ conversationId }) => !written.has(key(conversationId)));
      for (const batch of batches(without)) {
        const conversationIds = batch.map(({ conversationId }) => conversationId);
        await writeTombstones(kysely, { erasureId, sourceId, conversationIds });
        for (const conversationId of conversationIds) written.add(key(conversationId));
        isNew = true;
      }
    }
    if (!isNew) return planned;
    await retryTransaction(() => waitForWriters(kysely), signal);
  }
}

async function deleteAll(
  planned: readonly PlannedSource[],
  config: Config,
  signal: AbortSignal,
  note: (text: string) => void,
): Promise<Map<string, DeletedAtSource>> {
  const answers = new Map<string, DeletedAtSource>();
  for (const { sourceId, conversations } of planned) {
    const source = config.sources.find((configured) => configured.sourceId === sourceId);
    if (source === undefined || conversations.length === 0) continue;
    const ids = conversations.map(({ conversationId }) => conversationId);
    const answer = await deleteAtSource(source, ids, signal);
    for (const { conversationId, reason } of answer.failed)
      note(`${sourceId}: ${conversationId} is still at the source: ${reason}`);
    answers.set(sourceId, answer);
  }
  return answers;
}

function sumOf(answers: ReadonlyMap<string, DeletedAtSource>): Record<string, number> {
  const sum = { deleted: 0, not_found: 0, failed: 0 };
  for (const { deleted, notFound, failed } of answers.values()) {
    sum.deleted += deleted;
    sum.not_found += notFound;
    sum.failed += failed.length;
  }
  return sum;
}

function* batches<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += batchSizeMax) yield items.slice(start, start + batchSizeMax);
}
