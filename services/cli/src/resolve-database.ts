import { join } from 'node:path';
import { startEmbeddedPostgres } from '@voxport/embedded';
import { migrateQueue } from '@voxport/jobs';
import type { Config } from '@voxport/runtime';
import { migrateDatabase, queueRoles } from '@voxport/warehouse';
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
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  { signal }: Pick<CommandContext, 'signal'>,
): Promise<ResolvedDatabase> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, psqlCommand: null };
  const embedded = await startEmbeddedPostgres({ dataDir: embeddedDataDir(config.dataDir), signal });
  return { url: embedded.url, psqlCommand: embedded.psqlCommand };
}

/** Creates or upgrades the schemas, the queue's too where it is in a Postgres; what could not be done but is no obstacle is noted. */
export async function bringUpToDate(
  url: string,
  { note, queueUrl }: Pick<CommandContext, 'note'> & Pick<Config, 'queueUrl'>,
): Promise<string[]> {
  const applied = await migrateDatabase({ url, onWarning: note });
  await migrateQueue({ queueUrl: queueUrl ?? url, grantTo: queueRoles });
  return applied;
}
