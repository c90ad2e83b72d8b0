import { TerminalFailure } from '@voxport/domain';
import { reachRedis } from './reach-redis.ts';
import { isRedisUrl, parseRedisUrl } from './redis-address.ts';
import { makeRedisClient, type RedisClient } from './redis-client.ts';
import { keysOf, prefixIn } from './redis-keys.ts';
import { storeFailure } from './store-failure.ts';
import { createPostgresBackend, createRedisBackend, type BackendFactory, type IQueueBackend } from 'bullmq';
import { Cluster } from 'ioredis';
import {
  findPooling,
  followUrl,
  pinSession,
  type Pooling,
  type SessionNeeds,
  waitedFor,
  TellingPool,
  tellLosses,
  tellPoolErrors,
} from '@voxport/postgres';
import { fullestMemory, readMemory, type StoreMemory } from './store-memory.ts';
import { openJobTelemetry, type JobTelemetry } from './job-telemetry.ts';
import { bringQueueUpToDate, queueSchema, requireFitQueue } from './migrate-queue.ts';

/** The store that the queues live in, opened once a process and shared by all its queues and workers. */
export interface Engine {
  readonly store: 'redis' | 'postgres';
  /** What puts jobs into the queues. */
  readonly connection: unknown;
  /** What the keys of a queue begin with on Redis. */
  prefixOf(queue: string): string;
  /** What takes jobs up and ends them. */
  readonly consumerConnection: unknown;
  // BullMQ's own seam between its two stores is typed with `any` connection options.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly factory: BackendFactory<IQueueBackend, any>;
  /** Null: no traces are made. */
  readonly telemetry: JobTelemetry | null;
  /** Forgets the events of a queue, which name its last jobs: nobody reads them. */
  forgetEvents(queue: string): Promise<void>;
  /** What a Redis uses of its memory, and may use; null on Postgres, and where the server does not tell. */
  memory(): Promise<StoreMemory | null>;
  /** Resolves when the store answers, rejects when it does not. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineOptions {
  /** One of the forms of `parseRedisUrl`, `postgres://` or `postgresql://`. */
  readonly queueUrl: string;
  /** The setting that the URL stands in, for messages. Default QUEUE_URL. */
  readonly settingName?: string;
  /** How many consumers this process opens: on Postgres each holds a connection for LISTEN. */
  readonly consumersMax: number;
  readonly onError: (error: Error) => void;
  /**
   * A command that is not answered for longer is given up, and its connection with it: the network may have forgotten
   * it. Default 20,000, twice the longest that BullMQ lets a command block.
   */
  readonly answerTimeoutMs?: number;
  /**
   * Asked whenever a connection is made: the URL as it is now, e.g. in its file; null where it cannot be told. Left
   * out, it stays what it was. Of a Redis its password counts alone.
   */
  readonly readUrl?: (() => string | null) | null;
  /** Whether the way of each job is traced; the process has a tracer then. */
  readonly isTraced?: boolean;
}

/** An engine as its store opens it. */
type OpenStore = Omit<Engine, 'telemetry'>;

const answerTimeoutDefaultMs = 20_000;

/**
 * Opens the queue store and makes it ready: on Postgres the queue's schema is created or upgraded (safe by several
 * processes at once) by a role that may; a service that may not finds it made by `voxport migrate`. Throws a
 * TransientFailure that names the setting when the store cannot be reached: a queue that is built while its database is
 * down stays dead without a word, so nothing is built before.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const open = isRedisUrl(options.queueUrl) ? openRedisEngine : openPostgresEngine;
  try {
    const store = await open(options);
    return { ...store, telemetry: options.isTraced === true ? await openJobTelemetry() : null };
  } catch (error) {
    throw storeFailure(options.queueUrl, error, options.settingName ?? 'QUEUE_URL');
  }
}

async function openRedisEngine({
  queueUrl,
  onError,
  answerTimeoutMs,
  readUrl = null,
}: EngineOptions): Promise<OpenStore> {
  const address = parseRedisUrl(queueUrl);
  // The first connection is tried once, so that a wrong address is an error and not an endless wait.
  const reached = await reachRedis(address, keysOf(address));
  reached.redis.disconnect();
  const redis = makeRedisClient(address, {
    answerTimeoutMs: answerTimeoutMs ?? answerTimeoutDefaultMs,
    readPassword: readUrl === null ? null : () => passwordIn(readUrl()),
  });
  redis.on('error', onError);
  await redis.connect();
  const prefixOf = prefixIn(address);
  return {
    store: 'redis',
    connection: redis,
    prefixOf,
    consumerConnection: redis,
    factory: createRedisBackend,
    async forgetEvents(queue) {
      await redis.xtrim(`${prefixOf(queue)}:${queue}:events`, 'MAXLEN', '=', 0);
    },
    memory: () => memoryOf(redis),
    async ping() {
      await redis.ping();
    },
    async close() {
      redis.disconnect();
    },
  };
}

/** What is no URL at this moment, e.g. a file that is just being written, changes nothing. */
function passwordIn(url: string | null): string | null {
  try {
    return url === null ? null : parseRedisUrl(url).password;
  } catch {
    return null;
  }
}

/** Of a cluster, of the node that is fullest: the queues that live there stop first. */
async function memoryOf(redis: RedisClient): Promise<StoreMemory | null> {
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  return fullestMemory(await Promise.all(servers.map(async (server) => readMemory(await server.info('memory')))));
}

/**
 * On Postgres BullMQ lets a worker sleep until the next delayed job is due, up to an hour, by the clock of the moment:
 * one that is set meanwhile leaves it asleep. Ten seconds, as on Redis, is what a wrong clock may cost.
 */
const createWakefulBackend: typeof createPostgresBackend = (name, options, more) =>
  Object.defineProperty(createPostgresBackend(name, options, more), 'maximumBlockTimeout', { value: 10 });

/**
 * BullMQ's statements name nothing of theirs with its schema, and every worker's LISTEN is a session of the same pool.
 */
const queueSession = { searchPath: queueSchema, statementTimeoutMs: 120_000, idleInTransactionTimeoutMs: 60_000 };

/**
 * That a job was taken up or has ended need not be on the disk: where a crash of the server loses it, the job comes
 * again, as it does when a worker dies, and finds its work done. BullMQ has one claim at a time of a queue hold a lock
 * until it is committed, and each end of a job notifies, which Postgres lets one transaction do at a time: with the
 * wait for the disk inside of these locks, the jobs of a queue ended one after the other, at the pace of the disk.
 */
const consumerSession = { ...queueSession, waitsForDisk: false } as const;

/** Connections that put jobs into the queues. */
const queueConnectionsMax = 6;

async function openPostgresEngine({
  queueUrl,
  settingName = 'QUEUE_URL',
  consumersMax,
  onError,
  answerTimeoutMs,
  readUrl = null,
}: EngineOptions): Promise<OpenStore> {
  let pooling: Pooling | null = null;
  const openPool = (max: number, needs: SessionNeeds): TellingPool => {
    const pool = new TellingPool({
      connectionString: queueUrl,
      max,
      application_name: 'voxport-queue',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // BullMQ's statements are short. The pool throws away the connection of a statement that failed, so this also
      // ends one that swallows bytes.
      query_timeout: answerTimeoutMs ?? answerTimeoutDefaultMs,
      ...waitedFor(async (client) => {
        tellLosses(client);
        pooling ??= await findPooling(client, pool.options.connectionString ?? queueUrl);
        if (pooling === 'transaction') throw noSession(settingName);
        await pinSession(client, needs);
      }),
    });
    followUrl(pool, readUrl);
    tellPoolErrors(pool, onError);
    // Every queue and worker listens to the shared pool.
    pool.setMaxListeners(0);
    return pool;
  };
  const pool = openPool(queueConnectionsMax, queueSession);
  // One a consumer for LISTEN, and some for the commands: fewer hang silently.
  const consumerPool = openPool(consumersMax + 8, consumerSession);
  const closeAll = async (): Promise<void> => void (await Promise.all([pool.end(), consumerPool.end()]));
  try {
    const client = await pool.connect();
    try {
      await requireFitQueue(client, { queueUrl, settingName });
      await bringQueueUpToDate(client);
    } finally {
      client.release();
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  return {
    store: 'postgres',
    connection: pool,
    prefixOf: () => queueSchema,
    consumerConnection: consumerPool,
    factory: createWakefulBackend,
    async forgetEvents(queue) {
      // BullMQ 6.7 has no way of its own on Postgres.
      await pool.query('delete from event where queue = $1', [queue]);
    },
    memory: async () => null,
    async ping() {
      await pool.query('select 1');
    },
    close: closeAll,
  };
}

function noSession(settingName: string): TerminalFailure {
  return new TerminalFailure(
    'database',
    `${settingName} leads through a pooler in transaction mode, and a queue in Postgres needs sessions of its own (LISTEN). Set DATABASE_DIRECT_URL to the address of the server itself or of a pooler in session mode, or QUEUE_URL to a Redis.`,
  );
}
