import { join } from 'node:path';
import { TerminalFailure } from '@voxport/domain';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '@voxport/embedded';
import { migrateQueue } from '@voxport/jobs';
import type { Config } from '@voxport/runtime';
import { ensureDatabase, migrateDatabase, provisionLogins, queueRoles } from '@voxport/warehouse';
import type { CommandContext } from './command-context.ts';
import { demoDatabaseName } from './demo/demo-database.ts';
import { embeddedLogins, keepPasswordFile, psqlCommandOf, type EmbeddedLogins } from './embedded-logins.ts';

/** The warehouse that a command works with, by the rights of each of its logins. */
export interface ResolvedDatabase {
  /** The services': rows, and nothing else. */
  readonly url: string;
  /** The owner's, for migrations. */
  readonly ownerUrl: string;
  /** A reader's; null where none is configured. */
  readonly readerUrl: string | null;
  /**
   * A command line that opens a reader's shell on it, without a password in it; null for a database of the operator's
   * own.
   */
  readonly psqlCommand: string | null;
}

/** Where the embedded server of a data directory keeps its cluster. */
export function embeddedDataDir(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/**
 * The configured database, or the embedded one, which is started if it does not run and stays when the command ends;
 * with `isDemo` the demo's database in the embedded one.
 */
export async function resolveDatabase(
  config: Pick<Config, 'databaseUrl' | 'databaseDirectUrl' | 'databaseLogins' | 'dataDir'>,
  command: Pick<CommandContext, 'signal' | 'isDemo' | 'note'>,
): Promise<ResolvedDatabase> {
  const { databaseUrl, databaseLogins } = config;
  if (command.isDemo === true) return openEmbedded(config.dataDir, command, demoDatabaseName);
  if (databaseUrl === null) return openEmbedded(config.dataDir, command, null);
  return {
    url: databaseUrl,
    ownerUrl: databaseLogins.ownerUrl ?? config.databaseDirectUrl ?? databaseUrl,
    readerUrl: databaseLogins.readerUrl,
    psqlCommand: null,
  };
}

/**
 * The embedded server, started if it does not run, with its logins: its superuser is used for nothing but to make them.
 * @param database another database of the server, which is made if it is not there; null for the server's own.
 */
export async function openEmbedded(
  dataDir: string,
  { signal, note }: Pick<CommandContext, 'signal' | 'note'>,
  database: string | null,
): Promise<ResolvedDatabase> {
  const embedded = await startEmbeddedPostgres({ dataDir: embeddedDataDir(dataDir), signal, onNotice: note });
  const adminUrl = database === null ? embedded.url : await ensureDatabase(embedded.url, database);
  const logins = embeddedLogins(adminUrl);
  await provisionLogins({
    adminUrl,
    logins: [
      { url: logins.ownerUrl, role: 'owner' },
      { url: logins.url, role: 'voxport_app' },
      { url: logins.readerUrl, role: 'voxport_bi' },
    ],
  });
  return { ...logins, psqlCommand: psqlCommandOf(await keepPasswordFile(dataDir, logins), logins.readerUrl) };
}

/**
 * Starts the embedded server again where it went away under a process that works with it.
 * @throws TerminalFailure where it had to take another port: the process knows only the old one.
 */
export async function reviveEmbedded(dataDir: string, url: string, signal: AbortSignal): Promise<void> {
  const { port } = await startEmbeddedPostgres({ dataDir: embeddedDataDir(dataDir), signal });
  const before = new URL(url).port;
  if (String(port) === before) return;
  throw new TerminalFailure(
    'database',
    `it runs on port ${port} now, because another program listens on its port ${before}. End this process, and start it again.`,
  );
}

/** The logins of the embedded server if it runs; null when it does not. Starts nothing. */
export async function findEmbedded(dataDir: string): Promise<(EmbeddedLogins & { passwordFile: string }) | null> {
  const embedded = await findEmbeddedPostgres(embeddedDataDir(dataDir));
  if (embedded === null) return null;
  const logins = embeddedLogins(embedded.url);
  return { ...logins, passwordFile: await keepPasswordFile(dataDir, logins) };
}

/**
 * Creates or upgrades the schemas, the queue's too where it is in a Postgres, as the owner; what could not be done but
 * is no obstacle is noted. The logins come first where an administrator's URL is configured (`DATABASE_ADMIN_URL`).
 */
export async function bringUpToDate(
  { url, ownerUrl }: Pick<ResolvedDatabase, 'url' | 'ownerUrl'>,
  config: Pick<Config, 'databaseUrl' | 'databaseLogins' | 'queueUrl' | 'queueSettingName'>,
  { note }: Pick<CommandContext, 'note'>,
): Promise<string[]> {
  const { adminUrl, gatewayUrl, readerUrl } = config.databaseLogins;
  if (adminUrl !== null && config.databaseUrl !== null) {
    await provisionLogins({
      adminUrl,
      logins: [
        { url: ownerUrl, role: 'owner' },
        ...(isSameLogin(ownerUrl, url) ? [] : [{ url, role: 'voxport_app' } as const]),
        ...(gatewayUrl === null ? [] : [{ url: gatewayUrl, role: 'voxport_gateway' } as const]),
        ...(readerUrl === null ? [] : [{ url: readerUrl, role: 'voxport_bi' } as const]),
      ],
    });
  }
  const settingName =
    config.databaseLogins.ownerUrl === ownerUrl
      ? 'DATABASE_OWNER_URL'
      : ownerUrl === url
        ? 'DATABASE_URL'
        : 'DATABASE_DIRECT_URL';
  const applied = await migrateDatabase({ url: ownerUrl, settingName, onWarning: note });
  await migrateQueue({
    queueUrl: config.queueUrl ?? ownerUrl,
    settingName: config.queueUrl === null ? settingName : (config.queueSettingName ?? 'QUEUE_URL'),
    grantTo: queueRoles,
  });
  return applied;
}

/** Whether two URLs are of one login, e.g. one by a pooler and one past it. */
function isSameLogin(left: string, right: string): boolean {
  return new URL(left).username === new URL(right).username;
}
