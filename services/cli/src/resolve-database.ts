import { join } from 'node:path';
import { startEmbeddedPostgres } from '@voxport/embedded';
import type { Config } from '@voxport/runtime';
import { migrateDatabase } from '@voxport/warehouse';
import type { CommandContext } from './command-context.ts';

/** The warehouse that a command works with. */
export interface ResolvedDatabase {
  readonly url: string;
  /** A command line that opens a shell on it, without a password in it; null for a database of the operator's own. */
  readonly psqlCommand: string | null;
}

/** Where the embedded server of a data directory keeps its cluster. */
export function embeddedDataDir(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/** The configured database, or the embedded one, which is started if it does not run and stays when the command ends. */
export async function resolveDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir' | 'queueUrl'>,
  { note, signal }: Pick<CommandContext, 'note' | 'signal'>,
): Promise<ResolvedDatabase> {
  if (config.databaseUrl !== null) {
    if (config.queueUrl === null) {
      note(
        'QUEUE_URL is not set: the queue runs in the database of DATABASE_URL. A long query there slows it down several times; for production give it a Redis, or a database of its own.',
      );
    }
    return { url: config.databaseUrl, psqlCommand: null };
  }
  const embedded = await startEmbeddedPostgres({ dataDir: embeddedDataDir(config.dataDir), signal });
  return { url: embedded.url, psqlCommand: embedded.psqlCommand };
}

/** Creates or upgrades the schemas; what could not be done but is no obstacle is noted. */
export async function bringUpToDate(url: string, { note }: Pick<CommandContext, 'note'>): Promise<string[]> {
  return migrateDatabase({ url, onWarning: note });
}
