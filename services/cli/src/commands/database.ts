import { findEmbeddedPostgres, stopEmbeddedPostgres } from '@voxport/embedded';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { embeddedDataDir } from '../resolve-database.ts';

/** `voxport database url|psql|stop`: the embedded Postgres, which continues running when a command has ended. */
export async function database(command: CommandContext, action: 'url' | 'psql' | 'stop'): Promise<ExitCode> {
  const { dataDir } = command.loadConfig({ needsSources: false });
  if (action === 'stop') {
    const outcome = await stopEmbeddedPostgres({ dataDir: embeddedDataDir(dataDir) });
    command.print(
      outcome === 'stopped' ? 'The embedded Postgres has stopped.' : 'The embedded Postgres was not running.',
    );
    return 0;
  }
  const embedded = await findEmbeddedPostgres(embeddedDataDir(dataDir));
  if (embedded === null) {
    command.note(
      `No embedded Postgres runs under ${dataDir}. A command that needs it starts it, e.g. voxport migrate.`,
    );
    return 1;
  }
  command.print(action === 'url' ? embedded.url : embedded.psqlCommand);
  return 0;
}
