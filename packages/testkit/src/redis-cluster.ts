import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';
import { startRedisProcess, type RedisProcess, type RedisProcessOptions } from './redis-process.ts';

/** A cluster of a test's own. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisProcess[];
  /** `host:port` of each node, separated by commas. */
  readonly hosts: string;
}

/** Three primaries with a third of the slots each, and no replica; resolves when the cluster takes commands. */
export async function startRedisCluster(
  program: string,
  { onSpawn }: Pick<RedisProcessOptions, 'onSpawn'> = {},
): Promise<RedisCluster> {
  await using started = new AsyncDisposableStack();
  const nodes: RedisProcess[] = [];
  for (let index = 0; index < 3; index += 1) {
    nodes.push(
      started.use(
        await startRedisProcess(program, {
          config: ({ other }) => [
            'bind 127.0.0.1',
            'save ""',
            'cluster-enabled yes',
            `cluster-port ${other}`,
            `cluster-node-timeout 5000`,
          ],
          ...(onSpawn === undefined ? {} : { onSpawn }),
        }),
      ),
    );
  }
  const clients = nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
  try {
    const bounds = [0, 5461, 10_923, 16_384];
    for (const [index, client] of clients.entries()) {
      await client.call('cluster', 'addslotsrange', bounds[index]!, bounds[index + 1]! - 1);
      await client.call('cluster', 'set-config-epoch', index + 1);
    }
    for (const { port } of nodes.slice(1)) {
      const [, busPort] = (await clients[nodes.findIndex((node) => node.port === port)]!.config(
        'GET',
        'cluster-port',
      )) as [string, string];
      await clients[0]!.call('cluster', 'meet', '127.0.0.1', port, busPort);
    }
    for (const client of clients) {
      await eventually(
        async () => {
          const info = String(await client.call('cluster', 'info'));
          return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
        },
        { what: 'the cluster to take commands' },
      );
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
  const kept = started.move();
  return {
    nodes,
    hosts: nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
