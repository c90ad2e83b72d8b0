import { isRunningStatus } from '@voxport/domain';
import {
  claimPayloads,
  dropRemovedRecordings,
  eraseOlderPayloads,
  recordDrift,
  recordFailure,
  resolveRecovered,
  rowMappingVersion,
  settlePayloads,
  upsertConversations,
  wantRecordings,
  type Database,
  type LoadedPayload,
  type OpenTransaction,
} from '@voxport/warehouse';
import type { Dialect } from '@voxport/domain';
import type { Logger } from '@voxport/runtime';
import { loadOrSplit } from './load-or-split.ts';
import { mapClaimed, toLoadItem, type Mapped, type Unusable } from './map-batch.ts';

/** Conversations a transaction. Measured: row by row 0.2–0.5 thousand conversations a second, in batches 2–4. */
const batchSizeMax = 200;
/** Payload bytes a transaction, decoded: a batch of giants must not fill the memory. */
const batchBytesMax = 64 * 1024 * 1024;

export interface LoadBatchDependencies {
  readonly database: Database;
  readonly sourceId: string;
  readonly dialect: Dialect;
  readonly mirrorDeletions: boolean;
  /** Whether the recordings of what is loaded are wanted. */
  readonly wantsAudio: boolean;
  /** Seconds until a conversation is looked at again, by what its payload tells; null for not again. */
  readonly checkInSecs: (mapped: Mapped) => number | null;
  readonly logger: Logger;
}

/**
 * Makes the loading of one batch: takes landed payloads, turns them into rows and writes them, all in one transaction.
 * Resolves with the number of payloads that it ended; 0 when nothing has landed.
 * A payload that is no conversation, or that Postgres refuses, ends in the failures; the others of its batch load.
 */
export function makeLoadBatch({
  database,
  sourceId,
  dialect,
  mirrorDeletions,
  wantsAudio,
  checkInSecs,
  logger,
}: LoadBatchDependencies) {
  return async function loadBatch(): Promise<number> {
    return database.kysely.transaction().execute(async (transaction) => {
      const claimed = await claimPayloads(transaction, { sourceId, limit: batchSizeMax, bytesMax: batchBytesMax });
      if (claimed.length === 0) return 0;
      const results = await Promise.all(claimed.map((payload) => mapClaimed(payload, { sourceId, dialect })));
      const mapped = results.filter((result) => result.kind === 'mapped');

      const settled = await loadOrSplit(transaction, mapped, {
        load,
        refuse: (open, item, message) => fail(open, item, 'mapping', message),
      });
      for (const result of results) {
        if (result.kind === 'unusable') settled.push(await refuse(transaction, result));
      }
      await recordDrift(transaction, {
        sourceId,
        conversations: mapped.map(({ claimed: { conversationId }, drift }) => ({ conversationId, drift })),
      });
      await settlePayloads(transaction, { sourceId, mappingVersion: rowMappingVersion, payloads: settled });
      const recovered = settled
        .filter(({ outcome }) => outcome !== 'failed')
        .map(({ conversationId }) => conversationId);
      await resolveRecovered(transaction, { sourceId, conversationIds: recovered });
      return claimed.length;
    });
  };

  async function load(transaction: OpenTransaction, mapped: readonly Mapped[]): Promise<LoadedPayload[]> {
    const outcomes = await upsertConversations(transaction, mapped.map(toLoadItem), { mirrorDeletions });
    if (mirrorDeletions) {
      const emptied = mapped.filter((item, index) => outcomes[index] !== 'older' && isEmptied(item));
      await eraseOlderPayloads(transaction, { sourceId, payloads: emptied.map(({ claimed }) => claimed) });
    }
    const conversationIds = mapped.map(({ claimed }) => claimed.conversationId);
    if (mirrorDeletions) await dropRemovedRecordings(transaction, { sourceId, conversationIds });
    if (wantsAudio) await wantRecordings(transaction, { sourceId, conversationIds });
    return mapped.map((item, index) => ({
      payloadId: item.claimed.payloadId,
      conversationId: item.claimed.conversationId,
      version: item.claimed.version,
      outcome: outcomes[index]!,
      checkInSecs: checkInSecs(item),
    }));
  }

  function refuse(transaction: OpenTransaction, { claimed, failure }: Unusable): Promise<LoadedPayload> {
    return fail(transaction, { claimed }, failure.code, failure.message);
  }

  async function fail(
    transaction: OpenTransaction,
    { claimed }: Pick<Mapped, 'claimed'>,
    code: 'mapping' | Unusable['failure']['code'],
    message: string,
  ): Promise<LoadedPayload> {
    const { payloadId, conversationId, version } = claimed;
    logger.error({ conversationId, payloadId, code }, message);
    await recordFailure(transaction, {
      sourceId,
      stage: 'load',
      conversationId,
      windowId: null,
      runId: null,
      code,
      message,
      status: null,
      attempts: 1,
      payloadId,
    });
    return { payloadId, conversationId, version, outcome: 'failed', checkInSecs: null };
  }
}

/** Whether a call is over and has no transcript (any more). A webhook may leave it out without meaning anything by it. */
function isEmptied({ claimed, rows }: Mapped): boolean {
  return (
    rows.transcriptTurns.length === 0 && claimed.origin !== 'webhook' && !isRunningStatus(rows.conversation.status)
  );
}
