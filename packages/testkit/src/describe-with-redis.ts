import { describe } from 'vitest';
import { findTestServers, testRedis } from './servers.ts';

/** A `describe` that runs when the run has a Redis, and is skipped with the reason in its name when it has none. */
export function describeWithRedis(name: string, tests: () => void): void {
  describeIf(testRedis() !== null, name, 'no Redis', tests);
}

/** The same for tests that start Redis servers of their own with `startRedisServer`. */
export function describeWithRedisServer(name: string, tests: () => void): void {
  describeIf(Boolean(findTestServers()?.redisServerProgram), name, 'no redis-server on the PATH', tests);
}

/** A `describe` that runs on a condition, and is skipped with the reason in its name otherwise. */
export function describeIf(condition: boolean, name: string, reason: string, tests: () => void): void {
  if (condition) describe(name, tests);
  else describe.skip(`${name} (skipped: ${reason})`, tests);
}
