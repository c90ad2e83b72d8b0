import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pastMonth, startSimulator, type Simulator, type SimulatorOptions } from '@voxport/simulator';
import type { QueueStore } from '../options.ts';
import type { Random } from '../random.ts';
import { until } from '../until.ts';
import { makeFleet, runCommand, type Fleet } from './fleet.ts';
import { queryOnce, type ChaosPostgres, type Query } from './postgres.ts';
import { startProxy, type Proxy } from '@voxport/testkit/proxy';
import { startRedis, type ChaosRedis } from './redis.ts';

/** Between the fleet and what it talks to, where a fault asks for it. */
export type ProxyPlace = 'postgres' | 'redis' | 'api';

/** Everything that a round is played with. */
export interface Stage {
  readonly directory: string;
  readonly queue: QueueStore;
  /** The URL of the round's database, past every proxy. */
  readonly databaseUrl: string;
  readonly query: Query;
  readonly postgres: ChaosPostgres;
  /** Null where the queue is in Postgres. */
  readonly redis: ChaosRedis | null;
  readonly simulator: Simulator;
  readonly proxies: Partial<Readonly<Record<ProxyPlace, Proxy>>>;
  readonly fleet: Fleet;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Notes what was done, for the report of the round. */
  readonly note: (text: string) => void;
  /**
   * Enqueues the work of the round, where it is not the sync that the scheduler starts by itself; resolves when it has
   * windows.
   */
  readonly planWork: () => Promise<void>;
  /** Resolves at the moment of the fault: when the API has been asked as often as was drawn. */
  readonly workIsUnderWay: () => Promise<void>;
}

export interface StageSettings {
  readonly directory: string;
  readonly databaseName: string;
  readonly queue: QueueStore;
  readonly postgres: ChaosPostgres;
  readonly conversations: number;
  readonly work: 'sync' | 'backfill';
  readonly simulator: SimulatorOptions;
  readonly proxies: readonly ProxyPlace[];
  /** Requests that the API has seen at the moment of the fault. */
  readonly requestsBefore: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

export const sourceId = 'chaos';
const apiKey = 'chaos-key';

/** Opens a stage: servers run, the fleet does not yet. What was opened is closed again when a later step fails. */
export async function openStage(settings: StageSettings): Promise<Stage & AsyncDisposable> {
  const { directory, databaseName, queue, postgres, random, signal, note } = settings;
  await mkdir(directory, { recursive: true });
  await using opened = new AsyncDisposableStack();
  const databaseUrl = await postgres.createDatabase(databaseName);
  const simulator = opened.use(
    await startSimulator({
      conversationCount: settings.conversations,
      seed: random.int(1, 1_000_000),
      apiKey,
      turnsPerConversation: 8,
      // Slow enough that a fault finds work under way.
      latencyMs: { minMs: 40, maxMs: 160 },
      ...pastMonth,
      ...settings.simulator,
    }),
  );
  const redis = queue === 'redis' ? await startRedis(directory, signal) : null;
  if (redis !== null) opened.defer(() => redis.close());
  const proxies: Partial<Record<ProxyPlace, Proxy>> = {};
  const ports = { postgres: postgres.port, redis: redis?.port, api: simulator.port };
  for (const place of settings.proxies) {
    const port = ports[place];
    if (port === undefined) continue;
    const proxy = await startProxy(port);
    opened.defer(() => proxy.close());
    proxies[place] = proxy;
  }
  const through = (url: string, place: ProxyPlace): URL =>
    Object.assign(new URL(url), proxies[place] === undefined ? {} : { port: String(proxies[place].port) });

  const config = join(directory, 'sources.json');
  await writeFile(config, JSON.stringify({ sources: [sourceOf(through(simulator.url, 'api').href, settings.work)] }));
  const environmentOf = (name: string): Record<string, string> => {
    const database = through(databaseUrl, 'postgres');
    // Named, so that a statement's sender can be told in pg_stat_activity.
    database.searchParams.set('application_name', name);
    return {
      DATABASE_URL: database.href,
      ...(redis === null ? {} : { QUEUE_URL: through(redis.url, 'redis').href }),
      VOXPORT_CONFIG: config,
      CHAOS_KEY: apiKey,
    };
  };
  const fleet = makeFleet({ directory, environmentOf, signal });
  opened.defer(() => fleet.close());
  const range = ['--from', isoOf(pastMonth.startUnixSecs), '--to', isoOf(pastMonth.endUnixSecs + 1)];
  const kept = opened.move();
  return {
    directory,
    queue,
    databaseUrl,
    query: (text, values) => queryOnce(databaseUrl, text, values),
    postgres,
    redis,
    simulator,
    proxies,
    fleet,
    random,
    signal,
    note,
    async planWork() {
      if (settings.work === 'backfill') await runCommand(['backfill', ...range, '--detach'], environmentOf('backfill'));
      // A sync is planned by the scheduler, which a fault that holds the windows must not keep from it.
      const hasWindows = async (): Promise<boolean> =>
        (await queryOnce(databaseUrl, 'select 1 from voxport_ops.windows limit 1')).length > 0;
      await until('the work to be planned', hasWindows, { timeoutMs: 30_000, signal });
    },
    async workIsUnderWay() {
      await until('the work to be under way', () => simulator.stats().requestCount >= settings.requestsBefore, {
        timeoutMs: 60_000,
        signal,
      });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** One sync an hour: a round sees one, so that what it lost is not found again by the next. */
function sourceOf(baseUrl: string, work: 'sync' | 'backfill'): Record<string, unknown> {
  return {
    name: sourceId,
    base_url: baseUrl.replace(/\/$/u, ''),
    api_key_env: 'CHAOS_KEY',
    schedule: '1h',
    concurrency: { start: 6, max: 8 },
    refresh: [],
    verify: 'off',
    // The scheduler's own sync then has nothing to list.
    ...(work === 'backfill' ? { since: isoOf(pastMonth.endUnixSecs + 86_400) } : {}),
  };
}

function isoOf(unixSecs: number): string {
  return new Date(unixSecs * 1000).toISOString();
}
