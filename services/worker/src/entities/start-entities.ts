import { setTimeout as sleep } from 'node:timers/promises';
import {
  decideRetry,
  describeFailure,
  failureFields,
  type EntityItem,
  type EntityPage,
  type EntityRequest,
  type Redaction,
} from '@voxport/domain';
import { repeat, type EntitiesConfig, type Logger } from '@voxport/runtime';
import type { ConversationSource } from '@voxport/source';
import {
  claimEntity,
  completeEntity,
  endMissingEntities,
  failEntity,
  leaseOf,
  landEntities,
  loadEntities,
  planEntities,
  readEntityMarkers,
  readUnknownVersions,
  releaseEntity,
  type EntityClaim,
  type TransactionalExecutor,
} from '@voxport/warehouse';
import { makeSyncEntity } from './sync-entity.ts';

/** How often a worker looks whether an entity is due: a statement on a table of a few rows. */
const lookEveryMs = 2000;
/** A request that was refused because there are too many is sent again this often before the sync is put off. */
const attemptsMax = 5;
/** A sync that failed is tried again after so long, then twice as long, up to its schedule. */
const retrySecs = 60;

export interface EntitiesOptions {
  readonly kysely: TransactionalExecutor;
  readonly sourceId: string;
  /** The worker whose heartbeat holds its syncs; null: a command's. */
  readonly workerId: string | null;
  readonly config: EntitiesConfig;
  readonly keepsHistory: boolean;
  readonly redaction: Redaction;
  readonly source: Pick<ConversationSource, 'listEntities'>;
  /** Runs a request within the source's limit of requests in flight. */
  readonly inFlight: <Result>(request: () => Promise<Result>, signal: AbortSignal) => Promise<Result>;
  readonly logger: Logger;
}

/**
 * Starts to sync the entities of a source that are due, by whichever worker comes first: one at a time, one request at
 * a time, within the limit of requests in flight, so that calls hardly wait for them.
 */
export function startEntities(options: EntitiesOptions): AsyncDisposable {
  return repeat({
    everyMs: lookEveryMs,
    begins: 'at once',
    step: makeSyncDueEntities(options),
    onError: (error) => options.logger.warn(failureFields(error), 'the entities that are due could not be looked for'),
  });
}

/**
 * Makes the pass over the entities of a source: it syncs those that are due, one after the other, and resolves when
 * none is. A failure costs that entity only, stands in `voxport_ops.entity_syncs`, and is tried again.
 */
export function makeSyncDueEntities(options: EntitiesOptions): (signal: AbortSignal) => Promise<void> {
  const { kysely, sourceId, config, redaction, source, inFlight, logger } = options;
  const { names } = config;

  let isPlanned = false;

  async function syncDue(signal: AbortSignal): Promise<void> {
    if (!isPlanned) await planEntities(kysely, { sourceId, entities: names });
    isPlanned = true;
    while (!signal.aborted) {
      const lease = leaseOf(options.workerId);
      const entity = await claimEntity(kysely, { sourceId, entities: names, lease });
      if (entity === null) return;
      await carryOut({ sourceId, entity, lease }, signal);
    }
  }

  async function carryOut(claim: EntityClaim, signal: AbortSignal): Promise<void> {
    const { entity } = claim;
    const everySecs =
      entity === 'agent_branches' ? Math.max(config.everySecs, config.branchesEverySecs) : config.everySecs;
    const syncEntity = makeSyncEntity({
      list,
      readMarkers: (of) => readEntityMarkers(kysely, { sourceId, entity: of }),
      readUnknownVersions: (after, limit) => readUnknownVersions(kysely, { sourceId, after, limit }),
      save: async (items) => {
        await landEntities(kysely, claim, { items: items.map(redacted), keepsHistory: options.keepsHistory });
        await loadEntities(kysely, { sourceId, entity });
      },
      endMissing: async (seenIds) => void (await endMissingEntities(kysely, { sourceId, entity, seenIds })),
    });
    try {
      // What an older version has loaded, or a process that died has only landed.
      await loadEntities(kysely, { sourceId, entity });
      await completeEntity(kysely, claim, { ...(await syncEntity(entity, signal)), everySecs });
    } catch (error) {
      if (signal.aborted) return releaseEntity(kysely, claim);
      const { code, message } = describeFailure(error);
      await failEntity(kysely, claim, { code, message, retrySecs, everySecs });
      logger.warn({ entity, errorClass: code, ...(code === 'unexpected' ? { err: error } : {}) }, message);
    }
  }

  async function list(request: EntityRequest, signal: AbortSignal): Promise<EntityPage> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await inFlight(() => source.listEntities(request, signal), signal);
      } catch (error) {
        const decision = decideRetry(error, attempt);
        if (signal.aborted || attempt >= attemptsMax || !('delayMs' in decision)) throw error;
        await sleep(decision.delayMs, undefined, { signal });
      }
    }
  }

  function redacted(item: EntityItem): EntityItem {
    const { entityId } = item;
    const body = redaction.payload(Buffer.from(JSON.stringify(item.item)), entityId);
    return { ...item, item: JSON.parse(Buffer.from(body).toString()) as EntityItem['item'] };
  }

  return syncDue;
}
