import { inject } from 'vitest';
import type { TestServers } from './context.ts';

/** The servers of this run; null in unit tests, which have none. */
export function findTestServers(): TestServers | null {
  return (inject('voxportTestServers') as TestServers | undefined) ?? null;
}

/** The servers of this run. */
export function testServers(): TestServers {
  const servers = findTestServers();
  if (!servers) {
    throw new Error('This test needs servers, which only *.live.test.ts files get: name it so, or do without them.');
  }
  return servers;
}

/** The superuser's URL of this run's Postgres. Take a database of your own with `createTestDatabase`. */
export function testPostgresUrl(): string {
  return testServers().postgresUrl;
}

/** This run's Redis, or null. Take a part of your own with `createTestRedis`. */
export function testRedis(): { readonly url: string } | null {
  const redis = findTestServers()?.redis;
  return redis ? { url: redis.url } : null;
}
