import type { CommandContext, ExitCode } from '../command-context.ts';
import { bringUpToDate, resolveDatabase } from '../resolve-database.ts';

/** `voxport migrate`: creates or upgrades the schemas. */
export async function migrate(command: CommandContext): Promise<ExitCode> {
  const config = await command.loadConfig({ needsSources: false });
  const database = await resolveDatabase(config, command);
  const applied = await bringUpToDate(database, config, command);
  command.print(
    applied.length === 0 ? 'The database is up to date.' : applied.map((name) => `applied ${name}`).join('\n'),
  );
  return 0;
}
