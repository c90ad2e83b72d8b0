import { once } from 'node:events';
import { TerminalFailure, TransientFailure } from '@voxport/domain';
import type { FleetRole } from '@voxport/warehouse';
import { ConfigError } from './config/config-error.ts';
import type { Config } from './config/config.ts';
import { recordingDirectories } from './config/recording-directories.ts';
import { loadConfig } from './config/load-config.ts';
import { secretsOf } from './config/secrets-of.ts';
import type { ParseFilters } from './config/source-config.ts';
import { keepHeartbeat } from './keep-heartbeat.ts';
import { makeLogger } from './logger.ts';
import { openServiceContext, type ServiceContext } from './service-context.ts';
import { shutdownSignal } from './shutdown.ts';

/** A fleet starts in any order: a service waits this long for the database and its migrations. */
const waitMs = 120_000;

/**
 * Runs one service as a process of its own, from the configuration to an ordered end: on a signal it takes no new work,
 * hands running work back, closes what it opened, and resolves with the exit code. The database must be one that other
 * machines reach.
 */
export async function runService(options: {
  service: FleetRole;
  start: (context: ServiceContext, config: Config) => Promise<{ close: () => Promise<void> }>;
  parseFilters: ParseFilters;
  process: NodeJS.Process;
}): Promise<number> {
  const { service, start, parseFilters, process } = options;
  const { signal, stopListening } = shutdownSignal(process, (code) => process.exit(code));
  try {
    const config = loadConfig({ variables: process.env, needsSources: true, parseFilters });
    if (config.databaseUrl === null) {
      throw new ConfigError([
        `DATABASE_URL is not set: a ${service} of its own needs a database that the others reach too (voxport up runs everything in one process, with an embedded one)`,
      ]);
    }
    const logger = makeLogger({
      level: config.logLevel,
      service,
      isTerminal: process.stderr.isTTY,
      secrets: secretsOf(config),
    });
    const { context, close } = await openServiceContext({
      ...config,
      databaseUrl: config.databaseUrl,
      service,
      logger,
      signal,
      waitMs,
      health: config.health,
      traces: config.traces,
      // Of a fleet's processes one tells what all of them share.
      sharedState: service === 'scheduler' ? { directories: recordingDirectories(config.sources) } : null,
    });
    try {
      const running = await start(context, config);
      await using opened = new AsyncDisposableStack();
      opened.use(await keepHeartbeat(context, [service]));
      logger.info({ sources: config.sources.map((source) => source.sourceId) }, `the ${service} is up`);
      if (!signal.aborted) await once(signal, 'abort');
      logger.info(`the ${service} goes down: running work is handed back`);
      await running.close();
    } finally {
      await close();
    }
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    const isKnown =
      error instanceof ConfigError || error instanceof TerminalFailure || error instanceof TransientFailure;
    process.stderr.write(
      `voxport ${service}: ${isKnown ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
    );
    return isKnown ? 2 : 1;
  } finally {
    stopListening();
  }
}
