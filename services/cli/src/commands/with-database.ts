import type { Config, Logger } from '@voxport/runtime';
import { connectDatabase, listSources, type Database, type KnownSource } from '@voxport/warehouse';
import type { CommandContext } from '../command-context.ts';
import { bringUpToDate, resolveDatabase } from '../resolve-database.ts';
import { UsageError } from '../usage-error.ts';

/** A command waits this long for a database that is just starting. */
const waitMs = 5000;

/** Opens the warehouse for a command that needs neither queue nor API, runs it, and closes it. The schemas are brought up to date first. */
export async function withDatabase<Result>(
  command: CommandContext,
  options: { config: Config; service: string },
  run: (opened: { database: Database; url: string; logger: Logger }) => Promise<Result>,
): Promise<Result> {
  const { config, service } = options;
  // The queue is not used, so that it has no place of its own need not be mentioned.
  const { url } = await resolveDatabase(config, command);
  await bringUpToDate(url, command);
  const logger = command.makeLogger(config);
  await using database = connectDatabase({
    url,
    poolSizeMax: 4,
    applicationName: `voxport ${service}`,
    onPoolError: (error) => logger.warn({ err: error }, 'a database connection broke; it is replaced'),
  });
  await database.waitForDatabase(command.signal, waitMs);
  return await run({ database, url, logger });
}

/** The sources that the database knows, or the one that is named: also those that are no longer configured. */
export async function knownSources(database: Database, sourceId: string | null): Promise<KnownSource[]> {
  const known = await listSources(database.kysely);
  if (sourceId === null) return known;
  const named = known.filter((source) => source.sourceId === sourceId);
  if (named.length > 0) return named;
  throw new UsageError(
    known.length === 0
      ? `--source "${sourceId}": nothing has been exported yet`
      : `--source "${sourceId}" is not known; the sources are: ${known.map((source) => source.sourceId).join(', ')}`,
  );
}
