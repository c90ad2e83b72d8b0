import type { Dialect, FailureCode } from '@voxport/domain';
import type { Logger } from '@voxport/runtime';
import { rowMappingVersion } from '@voxport/mapping';
import {
  holdStoredPayloads,
  markGoneAgain,
  recordFailure,
  settleReloaded,
  upsertConversations,
  upsertInitiationFailures,
  type ClaimedPayload,
  type Database,
  type OpenTransaction,
  type ReloadedPayload,
} from '@voxport/warehouse';
import { loadOrSplit } from './load-or-split.ts';
import { mapClaimed, toLoadItem, type Mapped, type Unusable } from './map-batch.ts';

export interface ReloadBatchDependencies {
  readonly database: Database;
  readonly sourceId: string;
  readonly dialect: Dialect;
  readonly mirrorDeletions: boolean;
  readonly logger: Logger;
}

/** A payload that could not be loaded, and why. */
interface Refused {
  readonly claimed: ClaimedPayload;
  readonly code: FailureCode;
  readonly message: string;
}

function refusalOf({ claimed, failure: { code, message } }: Unusable): Refused {
  return { claimed, code, message };
}

/** What one batch of a reload did. */
export interface ReloadedBatch {
  readonly payloads: number;
  /** Payloads that could not be loaded: they stand in the failures. */
  readonly failed: number;
}

/**
 * Makes the reload of some conversations: all payloads that the loader has had of each become rows again, in one
 * transaction, whatever the tables hold now. Readers see the old rows until it commits. The order of payloads does not
 * matter: see `upsertConversations`. Drift is not counted again: it was, when the payload was first loaded.
 */
export function makeReloadBatch({ database, sourceId, dialect, mirrorDeletions, logger }: ReloadBatchDependencies) {
  return async function reloadBatch(conversationIds: readonly string[]): Promise<ReloadedBatch> {
    const refused: Refused[] = [];
    const batch = await database.kysely.transaction().execute(async (transaction) => {
      const held = await holdStoredPayloads(transaction, { sourceId, conversationIds });
      const results = await Promise.all(held.map((payload) => mapClaimed(payload, { sourceId, dialect })));
      const mapped = results.filter((result) => result.kind === 'mapped');
      const payloads = await loadOrSplit(transaction, mapped, {
        load,
        refuse: (open, { claimed }, message) => fail(open, { claimed, code: 'mapping', message }, refused),
      });
      const initiationFailures = results.filter((result) => result.kind === 'initiation_failure');
      await upsertInitiationFailures(
        transaction,
        initiationFailures.map(({ row }) => row),
      );
      payloads.push(...initiationFailures.map(({ claimed: { payloadId } }) => ({ payloadId, isLoaded: true })));
      for (const result of results) {
        if (result.kind === 'unusable') payloads.push(await fail(transaction, refusalOf(result), refused));
      }
      await markGoneAgain(transaction, { sourceId, conversationIds });
      await settleReloaded(transaction, { sourceId, mappingVersion: rowMappingVersion, payloads });
      return { payloads: payloads.length, failed: payloads.filter(({ isLoaded }) => !isLoaded).length };
    });
    // After the commit: a batch that is rolled back is tried again, and refuses the same.
    for (const { claimed, code, message } of refused) {
      const { conversationId, payloadId, runId } = claimed;
      logger.error({ job: 'reload', conversationId, payloadId, runId, errorClass: code }, message);
    }
    return batch;
  };

  async function load(transaction: OpenTransaction, mapped: readonly Mapped[]): Promise<ReloadedPayload[]> {
    await upsertConversations(transaction, mapped.map(toLoadItem), { mirrorDeletions, reload: true });
    return mapped.map(({ claimed: { payloadId } }) => ({ payloadId, isLoaded: true }));
  }

  async function fail(transaction: OpenTransaction, refusal: Refused, refused: Refused[]): Promise<ReloadedPayload> {
    const { claimed, code, message } = refusal;
    const { payloadId, conversationId } = claimed;
    refused.push(refusal);
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
    return { payloadId, isLoaded: false };
  }
}
