import { Redis } from 'ioredis';
import { readMemory, type StoreMemory } from './store-memory.ts';

/** What an operator needs to know of a Redis before it carries the queue; null where the server does not tell. */
export interface RedisInspection {
  /** What it uses of its memory, and may use. */
  readonly memory: StoreMemory | null;
  readonly version: string | null;
  readonly evictionPolicy: string | null;
  /** Whether it keeps its data over a restart: an append-only file, or snapshots. */
  readonly persistence: 'append_only' | 'snapshots' | 'none' | null;
}

/** Asks a Redis about itself; changes nothing. Rejects when it cannot be reached in five seconds. */
export async function inspectRedis(queueUrl: string): Promise<RedisInspection> {
  const redis = new Redis(queueUrl, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 5000,
    commandTimeout: 5000,
    maxRetriesPerRequest: 0,
  });
  let lastError: Error | null = null;
  redis.on('error', (error: Error) => {
    lastError = error;
  });
  try {
    await redis.connect();
    const info = await redis.info();
    const field = (name: string): string | null => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
    return {
      memory: readMemory(info),
      version: field('redis_version'),
      evictionPolicy: field('maxmemory_policy'),
      persistence: field('aof_enabled') === '1' ? 'append_only' : await snapshots(redis),
    };
  } catch (error) {
    // What `connect` says of a refused connection is less than the event before it.
    throw lastError ?? error;
  } finally {
    redis.disconnect();
  }
}

/** Managed servers hide their configuration, and keep their data as their plan says. */
async function snapshots(redis: Redis): Promise<'snapshots' | 'none' | null> {
  try {
    const [, schedule] = await redis.config('GET', 'save');
    return schedule === undefined ? null : schedule.trim() === '' ? 'none' : 'snapshots';
  } catch {
    return null;
  }
}
