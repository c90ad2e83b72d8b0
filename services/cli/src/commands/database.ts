import { stopEmbeddedPostgres } from '@voxport/embedded';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { demoDatabaseName } from '../demo/demo-database.ts';
import { psqlCommandOf } from '../embedded-logins.ts';
import { embeddedDataDir, findEmbedded } from '../resolve-database.ts';

/** `voxport database url|psql|stop`: the embedded Postgres, which continues running when a command has ended. URL and shell are a
 * reader's, or with `--owner` the owner's. */
export async function database(
  command: CommandContext,
  action: 'url' | 'psql' | 'stop',
  { isOwner }: { isOwner: boolean },
): Promise<ExitCode> {
  const { dataDir } = await command.loadConfig({ needsSources: false });
  if (action === 'stop') {
    const outcome = await stopEmbeddedPostgres({ dataDir: embeddedDataDir(dataDir) });
    command.print(
      outcome === 'stopped' ? 'The embedded Postgres has stopped.' : 'The embedded Postgres was not running.',
    );
    return 0;
  }
  const embedded = await findEmbedded(dataDir);
  if (embedded === null) {
    command.note(
      `No embedded Postgres runs under ${dataDir}. A command that needs it starts it, e.g. voxport migrate.`,
    );
    return 1;
  }
  const own = isOwner ? embedded.ownerUrl : embedded.readerUrl;
  const url = command.isDemo === true ? inDemo(own) : own;
  command.printExact(action === 'url' ? url : psqlCommandOf(embedded.passwordFile, url));
  return 0;
}

function inDemo(url: string): string {
  const demoUrl = new URL(url);
  demoUrl.pathname = `/${demoDatabaseName}`;
  return demoUrl.href;
}
