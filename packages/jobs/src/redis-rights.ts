import type { Redis } from 'ioredis';

/**
 * What BullMQ sends and its scripts call, each with arguments that the server takes for complete; `k` is a key. A user
 * needs all of them, whatever a source does.
 */
const commands = `
  get k|set k v|del k|unlink k|exists k|type k|incr k|incrby k 1|rename k k
  pexpire k 1|pexpireat k 1|pttl k|persist k
  hget k f|hset k f v|hmset k f v|hmget k f|hgetall k|hdel k f|hexists k f|hlen k|hincrby k f 1
  llen k|lindex k 0|lrange k 0 0|ltrim k 0 0|lrem k 0 v|lset k 0 v|lpos k v|lpush k v|rpush k v|lpop k|rpop k|rpoplpush k k
  sadd k v|srem k v|scard k|smembers k|sismember k v
  zadd k 1 v|zrem k v|zcard k|zcount k 0 0|zscore k v|zrange k 0 0|zrevrange k 0 0|zrangebyscore k 0 0|zrevrangebyscore k 0 0
  zrangebylex k - +|zlexcount k - +|zremrangebyscore k 0 0|zremrangebyrank k 0 0|zpopmin k|bzpopmin k 0.01
  xadd k * f v|xlen k|xrange k - +|xread streams k 0|xtrim k maxlen 0|xdel k 0-1
  eval 0 1 k|evalsha 0 1 k|script exists 0|script load 0|time|info|client setname v`
  .trim()
  .split(/\s*[|\n]\s*/u)
  .map((line) => line.split(' '));

/** How a user of its own gets these rights, and no other. */
export function rightsCommand(username: string | null, keyPattern: string): string {
  return `ACL SETUSER ${username ?? 'default'} ~${keyPattern} +@read +@write +@transaction +@scripting +@connection -@dangerous +info +time`;
}

/**
 * Which commands the user of a connection may not run on keys of ours. They are queued in a transaction that is
 * discarded: the server checks rights as it queues, and runs none of them.
 */
export async function missingRights(redis: Redis, key: string): Promise<string[]> {
  const start = await answerOf(redis.call('multi'));
  if (start !== null) return ['multi'];
  const answers = await Promise.all(
    commands.map(async ([name, ...args]) => ({
      name: name!,
      error: await answerOf(redis.call(name!, ...args.map((argument) => (argument === 'k' ? key : argument)))),
    })),
  );
  const end = await answerOf(redis.call('discard'));
  const start2 = await answerOf(redis.call('multi'));
  const exec = await answerOf(redis.call('exec'));
  return [
    ...answers.filter(({ error }) => error !== null && replyCode(error) === 'NOPERM').map(({ name }) => name),
    ...(end === null ? [] : ['discard']),
    ...(start2 === null && exec !== null ? ['exec'] : []),
  ];
}

/** The code that a Redis puts before what it says, e.g. `NOPERM`; null where the error is none of a Redis's. */
export function replyCode(error: unknown): string | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  return /^[A-Z]+(?= |$)/u.exec(error.message)?.[0] ?? null;
}

async function answerOf(answer: Promise<unknown>): Promise<Error | null> {
  try {
    await answer;
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
