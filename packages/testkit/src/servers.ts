import { inject } from 'vitest';
import type { TestServers } from './context.ts';

/** The servers of this run. */
export function testServers(): TestServers {
  const servers = inject('voxportTestServers') as TestServers | undefined;
  if (!servers) {
    throw new Error('This test needs servers, which only *.live.test.ts files get: name it so, or do without them.');
  }
  return servers;
}

/** The superuser's URL of this run's Postgres. Take a database of your own with `createTestDatabase`. */
export function testPostgresUrl(): string {
  return testServers().postgresUrl;
}
