import type { Redis } from 'ioredis';
import { describeNode, type RedisAddress, type RedisNode } from './redis-address.ts';
import { connectOnce } from './redis-client.ts';
import { RedisRefusal } from './redis-refusal.ts';
import { missingRights, replyCode, rightsCommand } from './redis-rights.ts';

/** A Redis that has been reached once, and is what its address says. */
export interface ReachedRedis {
  /** One server: the primary, or a node of the cluster. The caller disconnects it. */
  readonly redis: Redis;
  /** What INFO says of it. */
  readonly info: string;
}

/** A field of INFO; null where the server does not tell it. */
export function infoField(info: string, name: string): string | null {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
}

/**
 * Connects once to what an address names, and makes sure that a queue can live there: that it is of the kind that the
 * address says, takes writes, and lets this user do what BullMQ does.
 * @param keys of ours: how they begin, as one of them and as a pattern of ACLs.
 * @throws RedisRefusal, or the error of the connection; each to be told by `redisFailure`.
 */
export async function reachRedis(
  address: RedisAddress,
  keys: { readonly sample: string; readonly pattern: string },
): Promise<ReachedRedis> {
  const redis = await connectToServer(address);
  try {
    const info = await readInfo(redis, address, keys.pattern);
    await requireKind(redis, info, address);
    const missing = await missingRights(redis, keys.sample);
    if (missing.length > 0) throw lackOf(missing, address, keys.pattern);
    return { redis, info };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

async function connectToServer(address: RedisAddress): Promise<Redis> {
  if (address.kind === 'sentinel') return connectOnce(address, await askSentinels(address));
  return firstOf(address.nodes, (node) => connectOnce(address, node));
}

/** The first node that answers; the first one's error when none does. */
async function firstOf<Found>(nodes: readonly RedisNode[], ask: (node: RedisNode) => Promise<Found>): Promise<Found> {
  const errors: unknown[] = [];
  for (const node of nodes) {
    try {
      return await ask(node);
    } catch (error) {
      // What only a change of settings ends is the same at every node.
      if (error instanceof RedisRefusal && !error.mayPass) throw error;
      errors.push(error);
    }
  }
  throw errors[0];
}

/** Where the primary is that the Sentinels watch. */
async function askSentinels(address: RedisAddress): Promise<RedisNode> {
  return firstOf(address.nodes, async (node) => {
    const sentinel = await connectOnce(address, node, 'sentinel').catch((error: unknown) => {
      if (!['NOAUTH', 'WRONGPASS'].includes(replyCode(error) ?? '')) throw error;
      throw new RedisRefusal(
        `the Sentinel at ${describeNode(node)} asks for a password of its own. Add ?sentinel_password=…, and sentinel_username=… where it has users`,
        { mayPass: false },
      );
    });
    try {
      const found: unknown = await sentinel.call('sentinel', 'get-master-addr-by-name', address.masterName ?? '');
      if (Array.isArray(found)) return { host: String(found[0]), port: Number(found[1]) };
      const known = namesOf(await sentinel.call('sentinel', 'masters'));
      throw new RedisRefusal(
        `the Sentinel at ${describeNode(node)} knows no server ${address.masterName}; it knows ${known.length === 0 ? 'none' : known.join(', ')}. Correct the name after the hosts`,
        { mayPass: false },
      );
    } catch (error) {
      if (replyCode(error) !== 'ERR') throw error;
      throw new RedisRefusal(
        `no Sentinel stands at ${describeNode(node)}, but a Redis. Correct the port, or write redis:// for one server`,
        { mayPass: false },
      );
    } finally {
      sentinel.disconnect();
    }
  });
}

function namesOf(masters: unknown): string[] {
  if (!Array.isArray(masters)) return [];
  return masters.flatMap((master: unknown) => {
    const at = Array.isArray(master) ? master.indexOf('name') : -1;
    return Array.isArray(master) && at >= 0 ? [String(master[at + 1])] : [];
  });
}

async function readInfo(redis: Redis, address: RedisAddress, pattern: string): Promise<string> {
  try {
    return await redis.info();
  } catch (error) {
    throw replyCode(error) === 'NOPERM' ? lackOf(['info'], address, pattern) : error;
  }
}

async function requireKind(redis: Redis, info: string, { kind, nodes }: RedisAddress): Promise<void> {
  const mode = infoField(info, 'redis_mode');
  const there = describeNode(nodes[0]!);
  if (mode === 'sentinel') {
    const names = namesOf(await redis.call('sentinel', 'masters'));
    throw new RedisRefusal(
      `a Redis Sentinel stands there, which keeps no data. Write redis+sentinel://${there}/${names[0] ?? 'mymaster'}, with the other Sentinels separated by commas`,
      { mayPass: false },
    );
  }
  const isCluster = mode === 'cluster' || infoField(info, 'cluster_enabled') === '1';
  if (isCluster && kind !== 'cluster') {
    throw new RedisRefusal(
      `a node of a Redis Cluster stands there. Write redis+cluster://${there}, with some of the other nodes separated by commas`,
      { mayPass: false },
    );
  }
  if (!isCluster && kind === 'cluster') {
    throw new RedisRefusal(`no Redis Cluster stands there, but one server. Write redis://${there}`, { mayPass: false });
  }
  // Any node of a cluster tells where the others are.
  if (isCluster) return requireWholeCluster(redis);
  if (infoField(info, 'role') !== 'slave') return;
  const primary = `${infoField(info, 'master_host') ?? ''}:${infoField(info, 'master_port') ?? ''}`;
  throw new RedisRefusal(
    kind === 'sentinel'
      ? 'the server that the Sentinels name is still a replica: they are changing over'
      : `it is a replica of ${primary}, which takes no writes. Name the primary, or the Sentinels (redis+sentinel://…)`,
    { mayPass: kind === 'sentinel' },
  );
}

async function requireWholeCluster(redis: Redis): Promise<void> {
  const state = String(await redis.call('cluster', 'info'));
  if (infoField(state, 'cluster_state') === 'ok') return;
  throw new RedisRefusal(
    `the cluster is down: ${infoField(state, 'cluster_slots_ok') ?? '?'} of 16384 slots have a node that answers. redis-cli --cluster check tells which do not`,
    { mayPass: true },
  );
}

function lackOf(missing: readonly string[], { username }: RedisAddress, pattern: string): RedisRefusal {
  const commands =
    missing.length > 8 ? `${missing.slice(0, 8).join(', ')} and ${missing.length - 8} more` : missing.join(', ');
  return new RedisRefusal(
    `the user ${username ?? 'default'} lacks the right to run ${commands} on keys ${pattern}. Give it what Voxport needs: ${rightsCommand(username, pattern)}`,
    { mayPass: false },
  );
}
