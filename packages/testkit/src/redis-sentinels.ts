import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';
import { startRedisProcess, type RedisProcess, type RedisProcessOptions } from './redis-process.ts';

/** A primary, a replica and the Sentinels that watch them. */
export interface RedisSentinels extends AsyncDisposable {
  readonly primary: RedisProcess;
  readonly replica: RedisProcess;
  /** `host:port` of each Sentinel, separated by commas. */
  readonly hosts: string;
  /** What they call the server. */
  readonly name: string;
  /** The port of the server that they name as the primary now. */
  primaryPort(): Promise<number>;
}

const name = 'mymaster';

/**
 * Starts them with three Sentinels; resolves when each of them knows the others and the replica, so that a failover can
 * begin.
 * @param options.downAfterMs after which silence a primary counts as down: long, unless a test kills it, because a
 *   machine that is busy is silent too.
 */
export async function startRedisSentinels(
  program: string,
  { onSpawn, downAfterMs = 60_000 }: Pick<RedisProcessOptions, 'onSpawn'> & { readonly downAfterMs?: number } = {},
): Promise<RedisSentinels> {
  await using started = new AsyncDisposableStack();
  const spawned = onSpawn === undefined ? {} : { onSpawn };
  const server = ['bind 127.0.0.1', 'save ""', 'appendonly no', 'repl-diskless-sync-delay 0'];
  const primary = started.use(await startRedisProcess(program, { config: () => server, ...spawned }));
  const replica = started.use(
    await startRedisProcess(program, { config: () => [...server, `replicaof 127.0.0.1 ${primary.port}`], ...spawned }),
  );
  const sentinels: RedisProcess[] = [];
  for (let index = 0; index < 3; index += 1) {
    sentinels.push(
      started.use(
        await startRedisProcess(program, {
          isSentinel: true,
          config: () => [
            'bind 127.0.0.1',
            `sentinel monitor ${name} 127.0.0.1 ${primary.port} 2`,
            `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
            `sentinel failover-timeout ${name} 5000`,
          ],
          ...spawned,
        }),
      ),
    );
  }
  const clients = sentinels.map(({ port }) => new Redis(port, '127.0.0.1', { enableReadyCheck: false }));
  started.defer(() => {
    for (const client of clients) client.disconnect();
  });
  for (const client of clients) {
    await eventually(
      async () => {
        const said = (await client.call('sentinel', 'master', name)) as string[];
        const field = (key: string): string | undefined => said[said.indexOf(key) + 1];
        return field('num-slaves') === '1' && field('num-other-sentinels') === '2' && field('flags') === 'master';
      },
      { what: 'a Sentinel to know the replica and the others' },
    );
  }
  const copy = new Redis(replica.port, '127.0.0.1');
  await eventually(async () => (await copy.info('replication')).includes('master_link_status:up'), {
    what: 'the replica to follow',
  });
  copy.disconnect();
  const kept = started.move();
  return {
    primary,
    replica,
    name,
    hosts: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
    async primaryPort() {
      const [, port] = (await clients[0]!.call('sentinel', 'get-master-addr-by-name', name)) as [string, string];
      return Number(port);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
