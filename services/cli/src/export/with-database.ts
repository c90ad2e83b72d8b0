import { connectDatabase, waitForMigrations, type Database } from '@voxport/warehouse';
import type { CommandContext } from '../command-context.ts';
import { resolveDatabase } from '../resolve-database.ts';

/** Opens the warehouse for a command that needs nothing else, runs it, and closes it. */
export async function withDatabase<Result>(
  command: CommandContext,
  options: { service: string },
  run: (database: Database) => Promise<Result>,
): Promise<Result> {
  const config = command.loadConfig({ needsSources: false });
  const logger = command.makeLogger(config);
  const { url } = await resolveDatabase(config, command);
  await using database = connectDatabase({
    url,
    poolSizeMax: 2,
    applicationName: `voxport ${options.service}`,
    onPoolError: (error) => logger.warn({ err: error }, 'a database connection broke; it is replaced'),
  });
  await database.waitForDatabase(command.signal, 0);
  await waitForMigrations(database, { signal: command.signal, timeoutMs: 0 });
  // Awaited here: the database is closed when this scope ends.
  return await run(database);
}
