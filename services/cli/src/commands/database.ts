import { EmbeddedPostgresFailure, listEmbeddedClients, stopEmbeddedPostgres } from '@voxport/embedded';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { demoDatabaseName } from '../demo/demo-database.ts';
import { psqlCommandOf } from '../embedded-logins.ts';
import { embeddedDataDir, findEmbedded } from '../resolve-database.ts';

/**
 * `voxport database url|psql|stop`: the embedded Postgres, which continues running when a command has ended. URL and
 * shell are a reader's, or with `--owner` the owner's. Others who work with it are asked for before it is stopped,
 * unless `--force` says that it does not matter.
 */
export async function database(
  command: CommandContext,
  action: 'url' | 'psql' | 'stop',
  { isOwner, isForced }: { isOwner: boolean; isForced: boolean },
): Promise<ExitCode> {
  const { dataDir } = await command.loadConfig({ needsSources: false });
  if (action === 'stop') {
    if (!isForced && !(await mayStop(command, embeddedDataDir(dataDir)))) return 1;
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

/** Whether nobody works with the server, or a person says that it may be stopped all the same. */
async function mayStop(command: CommandContext, embeddedDir: string): Promise<boolean> {
  const clients = await listEmbeddedClients(embeddedDir).catch((error: unknown) => {
    // Then nobody gets in, and it can be stopped.
    if (error instanceof EmbeddedPostgresFailure && error.code === 'password_rejected') return [];
    throw error;
  });
  if (clients.length === 0) return true;
  // A command's queues have connections besides its own, by other names.
  const known = clients.filter((name) => !/^voxport-|-(?:fetch|load|plan)$/u.test(name));
  const names = known.length === 0 ? ['another program'] : known;
  const restarts = names.includes('voxport up') ? ' voxport up starts it again within seconds: end that first.' : '';
  const inUse = `The embedded Postgres is in use by ${names.join(', ')}.${restarts}`;
  if (command.ask === undefined) {
    command.note(`${inUse} Or stop it all the same: voxport database stop --force`);
    return false;
  }
  const answer = await command.ask(`${inUse} Stop it all the same? [y/N] `);
  if (/^y(?:es)?$/iu.test(answer.trim())) return true;
  command.note('It was left as it is.');
  return false;
}

function inDemo(url: string): string {
  const demoUrl = new URL(url);
  demoUrl.pathname = `/${demoDatabaseName}`;
  return demoUrl.href;
}
