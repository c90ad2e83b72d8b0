import { makeRedaction } from '@voxport/domain';
import { openConfiguredSource, redactHash, type ServiceContext, type SourceContext } from '@voxport/runtime';
import { makeSyncDueEntities } from './start-entities.ts';

/** The syncs of a source's entities, for a command. */
export interface EntitySync extends AsyncDisposable {
  /** Syncs those that are due, one request at a time, and resolves when none is; null: none is configured. */
  readonly syncDue: ((signal: AbortSignal) => Promise<void>) | null;
}

/** Opens the API of a source to sync its entities without a worker; the caller disposes of it. */
export function openEntitySync(context: ServiceContext, { config }: SourceContext): EntitySync {
  const { entities = null, sourceId } = config;
  if (entities === null) return { syncDue: null, [Symbol.asyncDispose]: async () => {} };
  const source = openConfiguredSource(config, {
    connectionsMax: 1,
    onResponse: context.metrics.ofSource(sourceId).requestEnded,
  });
  return {
    syncDue: makeSyncDueEntities({
      kysely: context.database.kysely,
      sourceId,
      workerId: null,
      config: entities,
      keepsHistory: config.rawHistory !== 'newest',
      redaction: makeRedaction({ rules: config.redact.rules, hash: redactHash(config.redact) }),
      source,
      inFlight: (request) => request(),
      logger: context.logger.child({ sourceId }),
    }),
    [Symbol.asyncDispose]: () => source.close(),
  };
}
