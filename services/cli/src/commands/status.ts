import { openEngine, openProducer, type Engine, type QueueDepth } from '@voxport/jobs';
import type { Config } from '@voxport/runtime';
import { queueStore } from '@voxport/runtime/config';
import { findConditions, isWatched, observe, type ObservedSource } from '@voxport/alerts/conditions';
import {
  connectDatabase,
  countRun,
  databaseNow,
  listOpenAlerts,
  listPendingDeliveries,
  readEntityStatus,
  readMissingCoverage,
  readEvaluatedAt,
  readRuns,
  readLastWebhooks,
  readStatus,
  readTraffic,
  waitForMigrations,
  type Database,
  type KnownSource,
} from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { sentence } from '../doctor/finding.ts';
import { statusJson, statusText, type QueueStatus, type Status } from '../report/status-report.ts';
import { statusOfSource } from '../report/status-of-source.ts';
import { requireTables } from '../require-tables.ts';
import { resolveDatabase } from '../resolve-database.ts';
import { knownSources } from './known-sources.ts';

/** Runs under way that are counted one by one. */
const runsCountedMax = 5;
/** Ranges that are missing of a source and told in JSON; the text tells fewer. */
const missingMax = 50;

/**
 * `voxport status`: how the pipeline stands, or one source of it, on one screen. Reads only, and tells what the
 * database knows also while the queue's store is away. 1 when something is critical.
 */
export async function status(
  command: CommandContext,
  options: { source: string | null; json: boolean },
): Promise<ExitCode> {
  const config = await command.loadConfig({ needsSources: false });
  const { url } = await resolveDatabase(config, command);
  await using opened = new AsyncDisposableStack();
  const database = opened.use(
    connectDatabase({ url, poolSizeMax: 4, applicationName: 'voxport status', onPoolError: () => {} }),
  );
  // A status is wanted now: a database that is not there, or not migrated, is told at once.
  await database.waitForDatabase(command.signal, 0);
  await requireTables(url, command);
  await waitForMigrations(database, { signal: command.signal, timeoutMs: 0 });
  const { source } = options;
  const known = await knownSources(database, source);
  const wanted =
    source === null ? config : { ...config, sources: config.sources.filter(({ sourceId }) => sourceId === source) };
  const queue = await openQueues(wanted, url, opened);
  const everything = await readEverything(database, wanted, queue, { known, source });
  const read = source === null ? everything : statusOfSource(everything, source);
  command.print(options.json ? statusJson(read) : statusText(read, command.columns));
  return read.conditions.some(({ severity }) => severity === 'critical') ? 1 : 0;
}

interface OpenQueues {
  readonly engine: Pick<Engine, 'memory'>;
  readonly depths: ReadonlyMap<string, { fetch: () => Promise<QueueDepth>; load: () => Promise<QueueDepth> }>;
  /** Why the store cannot be used; null when it can. */
  readonly problem: string | null;
}

async function openQueues(config: Config, databaseUrl: string, opened: AsyncDisposableStack): Promise<OpenQueues> {
  try {
    const engine = await openEngine({ ...queueStore(config, databaseUrl), consumersMax: 1, onError: () => {} });
    opened.defer(() => engine.close());
    const depths = new Map<string, { fetch: () => Promise<QueueDepth>; load: () => Promise<QueueDepth> }>();
    for (const { sourceId } of config.sources) {
      const producer = await openProducer(engine, sourceId, () => {});
      opened.defer(() => producer.close());
      depths.set(sourceId, { fetch: producer.fetchDepth, load: producer.loadDepth });
    }
    return { engine, depths, problem: null };
  } catch (error) {
    const problem = sentence(error);
    return { engine: { memory: () => Promise.reject(new Error(problem)) }, depths: new Map(), problem };
  }
}

async function readEverything(
  database: Database,
  config: Config,
  queue: OpenQueues,
  { known, source: only }: { readonly known: readonly KnownSource[]; readonly source: string | null },
): Promise<Status> {
  const { kysely } = database;
  const now = await databaseNow(kysely);
  const evaluatedAt = await readEvaluatedAt(kysely);
  const observation = await observe(
    { database, engine: queue.engine },
    {
      now,
      watchedSince: new Date(0),
      queueSilentSince: queue.problem === null ? null : new Date(0),
      notesWaiting: false,
      sources: sourcesToObserve(known, config, queue),
      databaseBytesMax: config.alerts.databaseBytesMax,
    },
  );
  const hasScheduler = isWatched(observation.place.roles);
  const conditions = findConditions(observation, {
    ...config.alerts,
    // Where no fleet runs, nothing is meant to be consumed: that nobody watches is told instead.
    stuckAfterSecs: hasScheduler ? config.alerts.stuckAfterSecs : Number.POSITIVE_INFINITY,
  });
  const open = await readRuns(kysely, { isOpen: true, ...(only === null ? {} : { sourceId: only }) }, runsCountedMax);
  const queues: QueueStatus[] = [];
  for (const [sourceId, { fetch, load }] of queue.depths) {
    queues.push({ sourceId, fetch: await fetch(), load: await load() });
  }
  return {
    now,
    pipeline: await readStatus(kysely, only),
    coverage: await readMissingCoverage(kysely, missingMax),
    webhookOnly: config.sources.filter(({ mode }) => mode === 'webhook').map(({ sourceId }) => sourceId),
    lastWebhooks: await readLastWebhooks(kysely),
    // Of a source whose entities were switched off nothing is due any more.
    entities: (await readEntityStatus(kysely, only)).filter(({ sourceId }) =>
      config.sources.some((source) => source.sourceId === sourceId && (source.entities ?? null) !== null),
    ),
    queues,
    queueProblem: queue.problem,
    observation,
    conditions,
    underWay: await Promise.all(open.map(async (run) => ({ run, counts: await countRun(kysely, run.runId) }))),
    traffic: await readTraffic(kysely),
    alerts: await listOpenAlerts(kysely),
    deliveries: await listPendingDeliveries(kysely),
    evaluatedAt,
    isWatched: hasScheduler,
  };
}

/** Those that are configured, and those that only the database knows. */
function sourcesToObserve(known: readonly KnownSource[], config: Config, queue: OpenQueues): ObservedSource[] {
  return known.map(({ sourceId }): ObservedSource => {
    const configured = config.sources.find((source) => source.sourceId === sourceId);
    const store = configured?.audio?.store;
    return {
      sourceId,
      freshnessSecs: configured?.freshnessSecs ?? null,
      hasWebhook: (configured?.webhookSecrets.length ?? 0) > 0,
      recordingsDirectory: store !== undefined && 'directory' in store ? store.directory : null,
      fetchDepth: queue.depths.get(sourceId)?.fetch ?? null,
    };
  });
}
