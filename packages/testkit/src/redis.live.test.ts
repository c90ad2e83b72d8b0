import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { describeWithRedis, describeWithRedisServer } from './describe-with-redis.ts';
import { ping } from './redis-program.ts';
import { createTestRedis } from './redis-databases.ts';
import { startRedisServer } from './redis-server.ts';

function connect(url: string): Redis {
  const client = new Redis(url, { retryStrategy: null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

describeWithRedis('a part of the Redis of the run', () => {
  test('is for one test alone', async () => {
    await using first = await createTestRedis();
    await using second = await createTestRedis();
    await connect(first.url).set('key', 'value');
    expect(await connect(second.url).get('key')).toBeNull();
    await second.flush();
    expect(await connect(first.url).get('key')).toBe('value');
    expect(first.prefix).not.toBe(second.prefix);
  });

  test('is empty when another test gets it, and never evicts', async () => {
    const first = await createTestRedis();
    await connect(first.url).set('key', 'value');
    await first.close();
    await using second = await createTestRedis();
    expect(await connect(second.url).dbsize()).toBe(0);
    expect(await connect(second.url).config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  });

  test('is never one that holds data', async () => {
    const foreign = await createTestRedis();
    const client = connect(foreign.url);
    await foreign.close();
    await client.set('precious', '1');
    await using own = await createTestRedis();
    expect(own.database).not.toBe(foreign.database);
    expect(await client.get('precious')).toBe('1');
    await client.flushdb();
  });
});

describeWithRedisServer('a Redis server of its own', () => {
  test('keeps its data over a kill when it is persistent', async () => {
    const server = await startRedisServer({ persistent: true });
    await connect(server.url).set('key', 'value');
    await server.kill();
    expect(await ping(server.url)).toBe(false);
    await server.restart();
    expect(await connect(server.url).get('key')).toBe('value');
  });

  test('forgets its data when it is not', async () => {
    const server = await startRedisServer({ persistent: false });
    await connect(server.url).set('key', 'value');
    await server.restart();
    expect(await connect(server.url).get('key')).toBeNull();
  });

  test('refuses writes at its limit of memory', async () => {
    // Less than an empty server takes.
    const server = await startRedisServer({ persistent: false, maxmemory: '64kb' });
    await expect(connect(server.url).set('key', 'value')).rejects.toThrow('OOM');
  });

  test('can be frozen and continue', async () => {
    const server = await startRedisServer({ persistent: false });
    const client = connect(server.url);
    await client.ping();
    await server.kill('SIGSTOP');
    const answer = client.ping();
    const frozen = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50, 'no answer'))]);
    expect(frozen).toBe('no answer');
    await server.kill('SIGCONT');
    expect(await answer).toBe('PONG');
  });
});
