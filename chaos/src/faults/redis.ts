import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosRedis } from '../stage/redis.ts';
import type { Stage } from '../stage/stage.ts';
import type { Fault } from './fault.ts';

type RedisFault = Omit<Fault, 'play' | 'queues'> & {
  readonly play: (stage: Stage, redis: ChaosRedis) => Promise<void>;
};

const downMs = { min: 200, max: 6000 };

async function restart(stage: Stage, redis: ChaosRedis, data: 'kept' | 'lost'): Promise<void> {
  const waitMs = stage.random.int(downMs.min, downMs.max);
  await redis.kill();
  await sleep(waitMs, undefined, { signal: stage.signal });
  await redis.start(data);
  stage.note(`Redis down for ${(waitMs / 1000).toFixed(1)} s, its data ${data}`);
}

const faults: readonly RedisFault[] = [
  {
    name: 'redis-restart',
    what: 'Redis is killed and started again with its append-only file',
    play: (stage, redis) => restart(stage, redis, 'kept'),
  },
  {
    name: 'redis-restart-empty',
    what: 'Redis is killed and started again without its data',
    play: (stage, redis) => restart(stage, redis, 'lost'),
  },
  {
    name: 'redis-flush',
    what: 'FLUSHALL',
    play: async (_stage, redis) => void (await redis.command('FLUSHALL')),
  },
  {
    name: 'redis-flush-repeatedly',
    what: 'FLUSHALL three times, some seconds apart: also in the middle of a refill',
    async play(stage, redis) {
      for (let time = 0; time < 3; time += 1) {
        await redis.command('FLUSHALL');
        await sleep(stage.random.int(1000, 6000), undefined, { signal: stage.signal });
      }
    },
  },
  {
    name: 'redis-full',
    what: 'maxmemory is reached under noeviction: every write is refused for 10 s',
    async play(stage, redis) {
      await redis.command('CONFIG', 'SET', 'maxmemory', '1mb');
      await sleep(10_000, undefined, { signal: stage.signal });
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    },
  },
  {
    name: 'redis-held',
    what: 'Redis is held (SIGSTOP) for 12 s',
    async play(stage, redis) {
      redis.signal('SIGSTOP');
      await sleep(12_000, undefined, { signal: stage.signal });
      redis.signal('SIGCONT');
    },
  },
  {
    name: 'redis-cut',
    what: 'every connection to Redis is cut, ten times',
    async play(stage, redis) {
      for (let time = 0; time < 10; time += 1) {
        await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await sleep(stage.random.int(50, 500), undefined, { signal: stage.signal });
      }
    },
  },
];

/** What happens to Redis. */
export const redisFaults: readonly Fault[] = faults.map((fault) => ({
  ...fault,
  queues: ['redis'],
  async play(stage) {
    if (stage.redis === null) throw new Error(`${fault.name} needs the queue on Redis`);
    await fault.play(stage, stage.redis);
  },
}));
