export { createTestDatabase, type DatabaseTemplate, type TestDatabase } from './databases.ts';
export { describeWithRedis, describeWithRedisServer } from './describe-with-redis.ts';
export { eventually } from './eventually.ts';
export { createTestRedis, type TestRedis } from './redis-databases.ts';
export type { RedisSettings } from './redis-program.ts';
export { startRedisServer, type RedisServer } from './redis-server.ts';
export { testPostgresUrl, testRedis } from './servers.ts';
export { startTestBucket, type TestBucket } from './test-bucket.ts';
export { startProcess, type StartedProcess } from './start-process.ts';
