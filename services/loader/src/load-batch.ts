import { isRunningStatus } from '@voxport/domain';
import { rowMappingVersion } from '@voxport/mapping';
import {
  claimPayloads,
  dropRemovedRecordings,
  eraseOlderPayloads,
  moveLandedPosition,
  recordDrift,
  recordFailure,
  resolveRecovered,
  settlePayloads,
  supersedePayloads,
  upsertConversations,
  upsertInitiationFailures,
  wantRecordings,
  type Database,
  type LoadedPayload,
  type OpenTransaction,
  type RawHistory,
} from '@voxport/warehouse';
import type { Dialect, FailureCode } from '@voxport/domain';
import type { LandedBodies, Logger, SourceMetrics, Traces } from '@voxport/runtime';
import { countBatch } from './count-batch.ts';
import { loadOrSplit } from './load-or-split.ts';
import { makeOneAtATime, type OneAtATime } from './one-at-a-time.ts';
import { spansOfBatch } from './spans-of-batch.ts';
import { mapClaimed, toLoadItem, type Mapped, type MappedFailure, type Unusable } from './map-batch.ts';

/** Conversations a transaction. Measured: row by row 0.2–0.5 thousand conversations a second, in batches 2–4. */
const batchSizeMax = 200;
/**
 * Payload bytes a transaction, decoded; a payload that is larger is loaded alone, one at a time in a process. Rows and
 * statements take ten times as much memory: 498 MB for a process that loads one of 30 MB, 809 MB for three at once.
 */
const batchBytesMax = 8 * 1024 * 1024;
/**
 * Payloads after which the position of the claim is moved: a claim walks over so many dead entries at most, while a
 * reader holds an old snapshot.
 */
const positionEvery = 1000;

export interface LoadBatchDependencies {
  readonly database: Database;
  readonly sourceId: string;
  readonly dialect: Dialect;
  readonly mirrorDeletions: boolean;
  /** Which payloads are kept beside those that the rows come from. */
  readonly rawHistory: RawHistory;
  /** Whether the recordings of what is loaded are wanted. */
  readonly wantsAudio: boolean;
  /** Seconds until a conversation is looked at again, by what its payload tells; null for not again. */
  readonly checkInSecs: (mapped: Mapped) => number | null;
  readonly logger: Logger;
  /** The bytes of what this process has landed itself, where it has. */
  readonly landedBodies?: LandedBodies;
  /** What large payloads wait for each other at: one for all sources of a process. */
  readonly oneLarge?: OneAtATime;
  /** Told of each committed batch. */
  readonly onLoaded?: SourceMetrics['batchLoaded'];
  /** Adds the load of each traced payload to its trace. */
  readonly recordSpans?: Traces['record'];
}

/** What became of a payload, with the reason where it was refused. */
type Settled = LoadedPayload & {
  readonly refusal?: { readonly code: FailureCode; readonly message: string; readonly runId: number | null };
};

/**
 * Makes the loading of one batch: takes landed payloads, turns them into rows and writes them, all in one transaction.
 * Resolves with the number of payloads that it ended; 0 when nothing has landed.
 * A payload that is not a conversation, or that Postgres refuses, ends in the failures; the others of its batch load.
 */
export function makeLoadBatch({
  database,
  sourceId,
  dialect,
  mirrorDeletions,
  rawHistory,
  wantsAudio,
  checkInSecs,
  logger,
  landedBodies,
  oneLarge = makeOneAtATime(),
  onLoaded,
  recordSpans,
}: LoadBatchDependencies) {
  // At the start as well: many short commands load few payloads each.
  let loadedSinceMove = positionEvery;

  return async function loadBatch(): Promise<number> {
    // Whoever finds a large one lets it go, so that nothing is locked by a slot that waits, and takes it when it is its
    // turn.
    return (await loadOnce(false)) ?? (await oneLarge(() => loadOnce(true))) ?? 0;
  };

  /** Null where the next payload is a large one, and `takesLarge` is not set. */
  async function loadOnce(takesLarge: boolean): Promise<number | null> {
    const startedMs = performance.now();
    const startedAt = new Date();
    const held = landedBodies?.held() ?? null;
    const batch = await database.kysely.transaction().execute(async (transaction) => {
      const claimed = await claimPayloads(transaction, {
        sourceId,
        limit: batchSizeMax,
        bytesMax: batchBytesMax,
        heldSha256s: held?.sha256s ?? [],
      });
      if (claimed.length === 0) return 'none';
      if (!takesLarge && claimed.some(({ sizeBytes }) => sizeBytes > batchBytesMax)) return 'large';
      const results = await Promise.all(
        claimed.map((payload) =>
          mapClaimed(payload, { sourceId, dialect, heldBody: held?.bodyOf(payload.sha256) ?? null }),
        ),
      );
      const mapped = results.filter((result) => result.kind === 'mapped');

      const settled: Settled[] = await loadOrSplit<Settled>(transaction, mapped, {
        load,
        refuse: (open, item, message) => fail(open, item, 'mapping', message),
      });
      settled.push(...(await loadInitiationFailures(transaction, results)));
      for (const result of results) {
        if (result.kind === 'unusable') settled.push(await refuse(transaction, result));
      }
      await recordDrift(transaction, {
        sourceId,
        conversations: mapped.map(({ claimed: { conversationId }, drift }) => ({ conversationId, drift })),
      });
      await settlePayloads(transaction, { sourceId, mappingVersion: rowMappingVersion, payloads: settled });
      // What a conversation's first payload brings has none before it.
      const again = settled.filter(({ outcome }) => outcome !== 'failed' && outcome !== 'inserted');
      const conversationIds = [...new Set(again.map(({ conversationId }) => conversationId))];
      await supersedePayloads(transaction, { sourceId, conversationIds, rawHistory });
      const recovered = settled
        .filter(({ outcome }) => outcome !== 'failed')
        .map(({ conversationId }) => conversationId);
      await resolveRecovered(transaction, { sourceId, conversationIds: recovered });
      return { claimed, mapped, settled };
    });
    if (batch === 'none') return 0;
    if (batch === 'large') return null;
    landedBodies?.forget(batch.claimed.map(({ sha256 }) => sha256));
    loadedSinceMove += batch.claimed.length;
    if (loadedSinceMove >= positionEvery) {
      loadedSinceMove = 0;
      await moveLandedPosition(database.kysely, sourceId);
    }
    // After the commit: what a transaction that was rolled back had refused is refused again by the next one.
    for (const { refusal, payloadId, conversationId } of batch.settled) {
      if (refusal === undefined) continue;
      const { code, message, runId } = refusal;
      logger.error({ job: 'load-landed', conversationId, payloadId, runId, attempt: 1, errorClass: code }, message);
    }
    recordSpans?.(spansOfBatch(batch, { sourceId, startedAt }));
    onLoaded?.({ ...countBatch(batch), durationMs: performance.now() - startedMs });
    return batch.claimed.length;
  }

  async function load(transaction: OpenTransaction, mapped: readonly Mapped[]): Promise<Settled[]> {
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
      generation: item.claimed.generation,
      outcome: outcomes[index]!,
      checkInSecs: checkInSecs(item),
      isInterim: isRunningStatus(item.rows.conversation.status),
    }));
  }

  function refuse(transaction: OpenTransaction, { claimed, failure }: Unusable): Promise<Settled> {
    return fail(transaction, { claimed }, failure.code, failure.message);
  }

  async function fail(
    transaction: OpenTransaction,
    { claimed }: Pick<Mapped, 'claimed'>,
    code: 'mapping' | Unusable['failure']['code'],
    message: string,
  ): Promise<Settled> {
    const { payloadId, conversationId, generation, runId } = claimed;
    await recordFailure(transaction, {
      sourceId,
      stage: 'load',
      conversationId,
      windowId: null,
      runId,
      code,
      message,
      status: null,
      attempts: 1,
      payloadId,
    });
    const refusal = { code, message, runId };
    return { payloadId, conversationId, generation, outcome: 'failed', checkInSecs: null, refusal };
  }
}

/** Writes the rows of calls that never became a conversation; a webhook brought them. */
async function loadInitiationFailures(
  transaction: OpenTransaction,
  results: readonly (Mapped | MappedFailure | Unusable)[],
): Promise<LoadedPayload[]> {
  const failures = results.filter((result) => result.kind === 'initiation_failure');
  await upsertInitiationFailures(
    transaction,
    failures.map(({ row }) => row),
  );
  return failures.map(({ claimed: { payloadId, conversationId, generation } }) => ({
    payloadId,
    conversationId,
    generation,
    outcome: 'updated',
    checkInSecs: null,
  }));
}

/**
 * Whether a call is over and has no transcript (any more). A webhook may leave it out without meaning anything by it.
 */
function isEmptied({ claimed, rows }: Mapped): boolean {
  return (
    rows.transcriptTurns.length === 0 && claimed.origin !== 'webhook' && !isRunningStatus(rows.conversation.status)
  );
}
