import { openServiceContext, recordingDirectories, type Config, type ServiceContext } from '@voxport/runtime';
import type { CommandContext } from '../command-context.ts';
import { bringUpToDate, resolveDatabase, reviveEmbedded, type ResolvedDatabase } from '../resolve-database.ts';
import { UsageError } from '../usage-error.ts';

/** A command waits this long for a database that is just starting. */
const waitMs = 5000;

/**
 * Opens everything that a command needs to export, runs it, and closes everything. The schemas are brought up to date
 * first.
 */
export async function withServiceContext<Result>(
  command: CommandContext,
  options: { config: Config; sourceId: string | null; service: string },
  run: (context: ServiceContext, database: ResolvedDatabase) => Promise<Result>,
): Promise<Result> {
  const { config, sourceId } = options;
  const sources = sourceId === null ? config.sources : config.sources.filter((source) => source.sourceId === sourceId);
  if (sources.length === 0) {
    throw new UsageError(
      `--source "${sourceId ?? ''}" is not configured; the sources are: ${config.sources.map((source) => source.sourceId).join(', ')}`,
    );
  }
  const isEmbedded = command.isDemo === true || config.databaseUrl === null;
  const database = await resolveDatabase(config, command);
  await bringUpToDate(database, config, command);
  const { context, close } = await openServiceContext({
    service: options.service,
    databaseUrl: database.url,
    queueUrl: config.queueUrl,
    readDatabaseUrl: config.readDatabaseUrl ?? null,
    readQueueUrl: config.readQueueUrl ?? null,
    ...(config.queueSettingName === undefined ? {} : { queueSettingName: config.queueSettingName }),
    sources,
    alerts: config.alerts,
    logger: await command.makeLogger(config),
    signal: command.signal,
    waitMs,
    health: config.health,
    isHealthOptional: options.service !== 'up',
    traces: config.traces,
    embedded: isEmbedded
      ? // A command ends with its database, and the next one starts it; what runs for months does not.
        options.service === 'up'
        ? { revive: (signal) => reviveEmbedded(config.dataDir, database.url, signal) }
        : {}
      : null,
    sharedState: {
      directories: [...(config.databaseUrl === null ? [config.dataDir] : []), ...recordingDirectories(sources)],
    },
  });
  if (config.databaseUrl !== null && [null, config.databaseDirectUrl].includes(config.queueUrl)) {
    command.note(
      'QUEUE_URL is not set: the queue runs in the database of DATABASE_URL. A long query there slows it down several times; for production give it a Redis, or a database of its own.',
    );
  }
  try {
    return await run(context, database);
  } finally {
    await close();
  }
}
