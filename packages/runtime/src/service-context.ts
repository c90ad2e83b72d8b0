import { queueStore } from './config/queue-store.ts';
import { failureFields } from '@voxport/domain';
import { isRedisUrl, openEngine, openProducer, storeFailure, type Engine, type Producer } from '@voxport/jobs';
import {
  connectDatabase,
  migrationStatus,
  registerSource,
  waitForMigrations,
  type Database,
  type DatabaseSettings,
} from '@voxport/warehouse';
import { defaultAlerts, type AlertsConfig } from './config/alerts-config.ts';
import type { SourceConfig, TracesConfig } from './config/config.ts';
import { makeHealth, type Health } from './health/health.ts';
import { makeReadiness, type Readiness } from './health/readiness.ts';
import { startHealthServer, type HealthListener } from './health/start-health-server.ts';
import type { LandedBodies } from './landed-bodies.ts';
import type { Logger } from './logger.ts';
import { makeMetrics, type Metrics } from './metrics/metrics.ts';
import { makeReadState } from './metrics/read-state.ts';
import { makeOutages, type Outages, type WatchedStore } from './outages.ts';
import { startTraces, type Traces } from './traces/traces.ts';

/** A configured source with its queues. */
export interface SourceContext {
  readonly config: SourceConfig;
  readonly producer: Producer;
}

/** What a service is given: everything open, nothing read from the environment any more. */
export interface ServiceContext {
  readonly database: Database;
  readonly engine: Engine;
  readonly sources: readonly SourceContext[];
  readonly alerts: AlertsConfig;
  readonly logger: Logger;
  /** Where errors of database and queue go: a store that is away is reported once, and not by each who needs it. */
  readonly outages: Outages;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  /** What the process tells of itself: for servers besides the listener of its own. */
  readonly health: Health;
  readonly traces: Traces;
  /** Where the process's own listener answers them; null where there is none. */
  readonly healthUrl: string | null;
  /** Given where one process lands payloads and loads them. */
  readonly landedBodies?: LandedBodies;
}

export interface OpenServiceContextOptions {
  readonly service: string;
  readonly databaseUrl: string;
  /** Null: the queue runs in the warehouse's own database. */
  readonly queueUrl: string | null;
  /** Asked before each connection: the URLs as they are now; left out, they stay what they were. */
  readonly readDatabaseUrl?: (() => string | null) | null;
  readonly readQueueUrl?: (() => string | null) | null;
  /** The setting that it stands in, for messages. Default QUEUE_URL. */
  readonly queueSettingName?: string;
  readonly sources: readonly SourceConfig[];
  /** Left out: nothing is reported to anybody. */
  readonly alerts?: AlertsConfig;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** How long the database and its migrations are waited for: a fleet starts in any order. */
  readonly waitMs: number;
  /** Where health checks and scrapes are answered, from the first moment on; nowhere without it. */
  readonly health?: HealthListener | null;
  /**
   * Whether the process continues without a listener where the address is taken, e.g. by the service that it runs
   * beside.
   */
  readonly isHealthOptional?: boolean;
  /** Given where the database is the embedded server, which this machine runs. */
  readonly embedded?: {
    /** Starts it again where it went away; left out, it is only waited for. */
    readonly revive?: (signal: AbortSignal) => Promise<void>;
  } | null;
  /** Where traces are sent; without it none are made. */
  readonly traces?: TracesConfig | null;
  /**
   * Given: the metrics tell the state that all processes share too, and how full the disks under these directories are.
   * One service of a fleet does (the scheduler), and every command.
   */
  readonly sharedState?: { readonly directories: readonly string[]; readonly keptMs?: number } | null;
}

/** Consumers that a process opens for a source at most: fetch, load and plan. */
const consumersPerSource = 3;

/**
 * Opens database and queue, in the order that they need: the database first, its migrations, then the queue, then the
 * producers. What was opened is closed again when a later step fails. The caller closes the result.
 * @throws TerminalFailure or TransientFailure that names the setting, when the database or the queue cannot be used.
 */
export async function openServiceContext(
  options: OpenServiceContextOptions,
): Promise<{ context: ServiceContext; close: () => Promise<void> }> {
  const { logger, sources } = options;
  await using opened = new AsyncDisposableStack();
  const metrics = makeMetrics();
  const readiness = makeReadiness();
  const health = makeHealth({
    service: options.service,
    readReadiness: readiness.readReadiness,
    renderMetrics: metrics.renderMetrics,
  });
  const traces = await startTraces(options.traces ?? null, {
    service: options.service,
    onError: (error) => logger.warn({ err: error }, 'traces could not be sent'),
  });
  opened.defer(() => traces.close());
  let healthUrl: string | null = null;
  if (options.health !== undefined && options.health !== null) {
    const server = await startHealthServer(options.health, health).catch((error: unknown) => {
      if (options.isHealthOptional !== true) throw error;
      logger.warn(failureFields(error), 'health checks and metrics are not answered');
      return null;
    });
    if (server !== null) {
      opened.defer(() => server.close());
      healthUrl = server.url;
      logger.info({ url: healthUrl }, 'health checks and metrics are answered');
    }
  }

  let pingQueue: (() => Promise<void>) | null = null;
  const outages = makeOutages({ logger, stores: watchedStores(options, () => pingQueue?.() ?? Promise.resolve()) });
  opened.defer(() => outages.close());
  const database = opened.use(
    connectDatabase({
      url: options.databaseUrl,
      readUrl: options.readDatabaseUrl ?? null,
      poolSizeMax: 10,
      applicationName: `voxport ${options.service}`,
      onPoolError: (error) =>
        outages.report({ store: 'database', error, logger, what: 'a database connection broke; it is replaced' }),
    }),
  );
  readiness.addCheck('database', async () => {
    const { pending } = await migrationStatus(database.kysely);
    if (pending.length > 0) throw new Error(`it lacks the migrations ${pending.join(', ')}. Run: voxport migrate`);
    return null;
  });
  await database.waitForDatabase(options.signal, options.waitMs);
  await waitForMigrations(database, { signal: options.signal, timeoutMs: options.waitMs });
  for (const { sourceId, dialect, baseUrl } of sources) {
    await registerSource(database.kysely, { sourceId, dialect, baseUrl });
  }

  const onError = (error: Error): void =>
    outages.report({ store: 'queue', error, logger, what: 'the queue reports an error' });
  const engine = await openEngine({
    ...queueStore(options, options.databaseUrl),
    readUrl: (options.queueUrl === null ? options.readDatabaseUrl : options.readQueueUrl) ?? null,
    consumersMax: Math.max(1, sources.length * consumersPerSource),
    isTraced: traces.isOn,
    onError,
  });
  opened.defer(() => engine.close());
  pingQueue = () => engine.ping();
  readiness.addCheck('queue', async () => {
    await engine.ping();
    return null;
  });
  const sourceContexts: SourceContext[] = [];
  for (const config of sources) {
    const producer = await openProducer(engine, config.sourceId, onError);
    opened.defer(() => producer.close());
    sourceContexts.push({ config, producer });
  }

  if (options.sharedState !== undefined && options.sharedState !== null) {
    metrics.addState(
      makeReadState({
        executor: database.kysely,
        engine,
        queues: sourceContexts.map(({ config: { sourceId }, producer }) => ({ sourceId, producer })),
        directories: options.sharedState.directories,
      }),
      options.sharedState.keptMs,
    );
  }
  readiness.noteStarted();
  opened.defer(() => readiness.noteStopping());
  const kept = opened.move();
  return {
    context: {
      database,
      engine,
      sources: sourceContexts,
      metrics,
      traces,
      readiness,
      health,
      healthUrl,
      alerts: options.alerts ?? defaultAlerts(),
      logger,
      outages,
    },
    close: () => kept.disposeAsync(),
  };
}

/** The stores of a process, each asked by a connection of its own: those at work may all be in use. */
function watchedStores(options: OpenServiceContextOptions, pingQueue: () => Promise<void>): WatchedStore[] {
  const { databaseUrl, embedded = null } = options;
  const { queueUrl, settingName } = queueStore(options, databaseUrl);
  const revive = embedded?.revive;
  const database: WatchedStore = {
    name: 'database',
    title: embedded === null ? 'the database' : 'the embedded Postgres',
    ask: (signal) =>
      askDatabase(
        { url: databaseUrl, settingName: 'DATABASE_URL', readUrl: options.readDatabaseUrl ?? null },
        signal,
        embedded !== null,
      ),
    ...(revive === undefined ? {} : { revive }),
  };
  if (options.queueUrl === null) return [database];
  const queue: WatchedStore = {
    name: 'queue',
    title: "the queue's store",
    async ask(signal) {
      if (!isRedisUrl(queueUrl))
        return askDatabase({ url: queueUrl, settingName, readUrl: options.readQueueUrl ?? null }, signal, false);
      await pingQueue().catch((error: unknown) => {
        throw storeFailure(queueUrl, error, settingName);
      });
    },
  };
  return [database, queue];
}

async function askDatabase(
  place: Pick<DatabaseSettings, 'url' | 'settingName' | 'readUrl'>,
  signal: AbortSignal,
  isEmbedded: boolean,
): Promise<void> {
  await using asked = connectDatabase({
    ...place,
    poolSizeMax: 1,
    applicationName: 'voxport outage',
    onPoolError: () => {},
  });
  await asked.waitForDatabase(signal, 0).catch((error: unknown) => {
    // Its sentence names a setting, and nobody has set one.
    throw isEmbedded && error instanceof Error && error.cause instanceof Error ? error.cause : error;
  });
}
