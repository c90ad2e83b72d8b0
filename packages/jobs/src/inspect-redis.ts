import type { Redis } from 'ioredis';
import { infoField, reachRedis } from './reach-redis.ts';
import { describeRedis, parseRedisUrl } from './redis-address.ts';
import { redisFailure } from './redis-failure.ts';
import { keysOf } from './redis-keys.ts';
import { readMemory, type StoreMemory } from './store-memory.ts';

/** What an operator needs to know of a Redis before it carries the queue; null where the server does not tell. */
export interface RedisInspection {
  /** Its address, for people. */
  readonly place: string;
  /** What it is, e.g. `Redis` or `Valkey`. */
  readonly product: string;
  /** What it uses of its memory, and may use. */
  readonly memory: StoreMemory | null;
  readonly version: string | null;
  readonly evictionPolicy: string | null;
  /** Whether it keeps its data over a restart: an append-only file, or snapshots. */
  readonly persistence: 'append_only' | 'snapshots' | 'none' | null;
}

/**
 * Asks a Redis about itself, of a cluster one node; changes nothing.
 * @throws TransientFailure or TerminalFailure that says why it cannot carry the queue: it cannot be reached in five
 *   seconds, is of another kind than the URL says, or lets this user do too little.
 */
export async function inspectRedis(queueUrl: string, settingName: string): Promise<RedisInspection> {
  try {
    const address = parseRedisUrl(queueUrl);
    const { redis, info } = await reachRedis(address, keysOf(address));
    try {
      const valkey = infoField(info, 'valkey_version');
      return {
        place: describeRedis(address),
        product: valkey === null ? 'Redis' : 'Valkey',
        memory: readMemory(info),
        version: valkey ?? infoField(info, 'redis_version'),
        evictionPolicy: infoField(info, 'maxmemory_policy'),
        persistence: infoField(info, 'aof_enabled') === '1' ? 'append_only' : await snapshots(redis),
      };
    } finally {
      redis.disconnect();
    }
  } catch (error) {
    throw redisFailure(queueUrl, error, settingName);
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
