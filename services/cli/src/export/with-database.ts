import type { Config, Logger } from '@voxport/runtime';
import { connectDatabase, waitForMigrations, type Database } from '@voxport/warehouse';
import type { CommandContext } from '../command-context.ts';
import { requireTables } from '../require-tables.ts';
import { bringUpToDate, resolveDatabase } from '../resolve-database.ts';

/** What a command is given that needs neither queue nor API. */
export interface OpenedDatabase {
  readonly database: Database;
  readonly url: string;
  readonly config: Config;
  readonly logger: Logger;
}

/**
 * A command that upgrades the schemas waits this long for a database that is just starting; one that looks at it wants
 * its answer now.
 */
const waitMs = 5000;

/**
 * Opens the warehouse for a command that needs neither queue nor API, runs it, and closes it. Who works on what is
 * stored (`upgraded`) brings the schemas up to date first, as an export does. Who looks at it, or controls what runs
 * (`required`), does not: the code that runs may be older, and a look changes nothing; schemas that are missing or
 * older are told, with the command that upgrades them. `config` is what the command has loaded already; left out, it is
 * loaded without sources.
 */
export async function withDatabase<Result>(
  command: CommandContext,
  options: { service: string; schemas: 'required' | 'upgraded'; config?: Config },
  run: (opened: OpenedDatabase) => Promise<Result>,
): Promise<Result> {
  const { service, schemas, config = await command.loadConfig({ needsSources: false }) } = options;
  const isUpgraded = schemas === 'upgraded';
  const resolved = await resolveDatabase(config, command);
  const { url } = resolved;
  if (isUpgraded) await bringUpToDate(resolved, config, command);
  else await requireTables(url, command);
  const logger = await command.makeLogger(config);
  await using database = connectDatabase({
    url,
    poolSizeMax: 4,
    applicationName: `voxport ${service}`,
    onPoolError: (error) => logger.warn({ err: error }, 'a database connection broke; it is replaced'),
  });
  await database.waitForDatabase(command.signal, isUpgraded ? waitMs : 0);
  if (!isUpgraded) await waitForMigrations(database, { signal: command.signal, timeoutMs: 0 });
  // Awaited here: the database is closed when this scope ends.
  return await run({ database, url, config, logger });
}
