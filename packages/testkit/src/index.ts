export {
  createTestDatabase,
  createTestLogin,
  queryOnce,
  type DatabaseTemplate,
  type TestDatabase,
} from './databases.ts';
export { describeWithChromium, findChromium } from './describe-with-chromium.ts';
export { makeCertificates, type Certificates } from './certificates.ts';
export { describeWithProgram } from './describe-with-program.ts';
export { describeWithRedis, describeWithRedisServer } from './describe-with-redis.ts';
export { eventually } from './eventually.ts';
export { createTestRedis, type TestRedis } from './redis-databases.ts';
export { startRedisCluster, type RedisCluster } from './redis-cluster.ts';
export { redisTlsConfig, startRedisProcess, type RedisProcess } from './redis-process.ts';
export type { RedisSettings } from './redis-program.ts';
export { startRedisSentinels, type RedisSentinels } from './redis-sentinels.ts';
export { noteProcess } from './note-process.ts';
export { startRedisServer, type RedisServer } from './redis-server.ts';
export { testPostgresUrl, testRedis } from './servers.ts';
export { startTestBucket, type TestBucket } from './test-bucket.ts';
export { startPgbouncer } from './start-pgbouncer.ts';
export { startProcess, type StartedProcess } from './start-process.ts';
