import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';
import { testServers } from './servers.ts';

/**
 * A logical database of this run's Redis, empty and for one test alone. `await using` gives it back at the end of the
 * scope.
 */
export interface TestRedis extends AsyncDisposable {
  /** With the number of the database, e.g. `redis://127.0.0.1:20123/7`. */
  readonly url: string;
  readonly database: number;
  /** For what is shared by all databases of a server, such as channels: a string that no other test has. */
  readonly prefix: string;
  flush(): Promise<void>;
  /** Empties it and gives it back. */
  close(): Promise<void>;
}

const claimKey = (database: number): string => `voxport-test:database:${database}`;
/** A run that was killed holds its databases no longer than this, on a server that outlives it. */
const claimSecs = 3_600;

/**
 * Claims an empty logical database, waiting for one when all are taken. Databases that hold anything are left alone:
 * TEST_REDIS_URL may name a server with data.
 */
export async function createTestRedis(): Promise<TestRedis> {
  const { redis, runId } = testServers();
  if (!redis) throw new Error('This run has no Redis: put the test into describeWithRedis.');
  const serverUrl = redis.url;
  const database = await withRedis(serverUrl, 0, (client) =>
    eventually(() => claim(client, serverUrl, runId), { what: 'a free logical database of Redis' }),
  );
  const flush = (): Promise<void> => withRedis(serverUrl, database, async (client) => void (await client.flushdb()));
  const close = async (): Promise<void> => {
    await flush();
    await withRedis(serverUrl, 0, (client) => client.del(claimKey(database)));
  };
  const url = databaseUrl(serverUrl, database);
  return { url, database, prefix: `test-${runId}-${database}-`, flush, close, [Symbol.asyncDispose]: close };
}

async function claim(client: Redis, serverUrl: string, runId: string): Promise<number | undefined> {
  const [, count] = (await client.config('GET', 'databases')) as [string, string];
  for (let database = 1; database < Number(count); database += 1) {
    if ((await client.set(claimKey(database), runId, 'EX', claimSecs, 'NX')) === null) continue;
    if ((await withRedis(serverUrl, database, (own) => own.dbsize())) === 0) return database;
    await client.del(claimKey(database));
  }
  return undefined;
}

/** Empties and gives back what the tests of a run did not. */
export async function releaseRedisDatabases(serverUrl: string, runId: string): Promise<void> {
  await withRedis(serverUrl, 0, async (client) => {
    for (const key of await client.keys(claimKey(0).replace(/0$/u, '*'))) {
      if ((await client.get(key)) !== runId) continue;
      await withRedis(serverUrl, Number(key.split(':').at(-1)), (own) => own.flushdb());
      await client.del(key);
    }
  });
}

async function withRedis<T>(serverUrl: string, database: number, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(databaseUrl(serverUrl, database), { lazyConnect: true, retryStrategy: null });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

function databaseUrl(serverUrl: string, database: number): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
