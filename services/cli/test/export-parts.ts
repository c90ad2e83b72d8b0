import { createTestDatabase, createTestRedis, describeWithRedis, type TestDatabase } from '@voxport/testkit';
import { migrateQueue } from '@voxport/jobs';
import type { Dialect } from '@voxport/domain';
import {
  makeLogger,
  openServiceContext,
  secret,
  type AlertsConfig,
  type HttpConfig,
  type ServiceContext,
  type SourceConfig,
} from '@voxport/runtime';
import { makeSourcePlanner } from '@voxport/scheduler';
import { migrateDatabase, queueRoles, startRun } from '@voxport/warehouse';
import { describe } from 'vitest';
import { runToEnd, type RunRequest, type RunResult } from '../src/export/run-to-end.ts';

/** The key that the simulators of these tests ask for. */
export const testApiKey = 'test-key';

/** No gateway. */
export const noHttp: HttpConfig = {
  host: '127.0.0.1',
  port: null,
  isPortGiven: true,
  publicUrl: null,
  trustedProxies: [],
  spoolDirectory: null,
  operatorToken: null,
};

/** An empty database with the schemas. */
export function createWarehouse(): Promise<TestDatabase> {
  return createTestDatabase({
    template: {
      // Not the one of packages/warehouse, which has no queue.
      name: 'export',
      prepare: async (url) => {
        await migrateDatabase({ url, onWarning: () => {} });
        await migrateQueue({ queueUrl: url, grantTo: queueRoles });
      },
    },
  });
}

/** A source that reads from a simulator. */
export function testSource(baseUrl: string, changes: Partial<SourceConfig> = {}): SourceConfig {
  return {
    sourceId: 'support',
    dialect: 'elevenlabs' satisfies Dialect,
    baseUrl,
    apiKey: secret(testApiKey),
    filters: {},
    schedule: { everySecs: 300 },
    lookbackSecs: 400 * 86_400,
    since: null,
    requestsInFlight: { start: 8, max: 16 },
    checkPolicy: { refreshSecs: [3600, 86_400, 604_800], retentionSecs: 730 * 86_400 },
    keep: {
      runsSecs: 90 * 86_400,
      verificationsSecs: 400 * 86_400,
      webhookEventsSecs: 30 * 86_400,
      failuresSecs: 90 * 86_400,
      rawHistorySecs: null,
    },
    mirrorDeletions: false,
    rawHistory: 'changed',
    audio: null,
    mode: 'poll',
    checkTotalCount: true,
    checkMessageCount: true,
    retryAfterMaxSecs: 900,
    detail: 'auto',
    freshnessSecs: 1800,
    webhookSecrets: [],
    redact: { rules: [], key: null },
    verify: null,
    ...changes,
  };
}

/** Database, queue and sources, open; closed with the scope. */
export async function openTestContext(options: {
  databaseUrl: string;
  queueUrl: string | null;
  sources: readonly SourceConfig[];
  alerts?: AlertsConfig;
}): Promise<{ context: ServiceContext } & AsyncDisposable> {
  const { context, close } = await openServiceContext({
    ...options,
    service: 'test',
    logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
    signal: new AbortController().signal,
    waitMs: 5000,
  });
  return { context, [Symbol.asyncDispose]: close };
}

const syncRequest: RunRequest = {
  kind: 'sync',
  range: null,
  filters: {},
  plan: (planner, runId) => planner.planSync(runId),
};

/** One sync to its end. */
export function syncOnce(
  context: ServiceContext,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunResult> {
  return runToEnd(context, syncRequest, signal);
}

/** Begins a sync of the first source and plans it; resolves with its number. Who works on it is the test's affair. */
export async function beginSync(context: ServiceContext): Promise<number> {
  const source = context.sources[0]!;
  const { sourceId } = source.config;
  const runId = await startRun(context.database.kysely, { kind: 'sync', sourceId, range: null, filters: {} });
  await makeSourcePlanner(context, source).planSync(runId);
  return runId;
}

/** Where the queue of a test runs: null in the warehouse's own database. */
export type OpenQueueStore = () => Promise<{ queueUrl: string | null } & AsyncDisposable>;

/**
 * Runs tests of what does not depend on the store of the queue: what the database decides, or the answers of the
 * source. In the warehouse's own database, where a newcomer has it, and where every machine can run it.
 */
export function describeOnOneQueue(name: string, tests: (openQueueStore: OpenQueueStore) => void): void {
  describe(`${name}, queue in Postgres`, () => {
    tests(async () => ({ queueUrl: null, [Symbol.asyncDispose]: async () => {} }));
  });
}

/**
 * Runs the same tests with the queue in Postgres and on Redis; those on Redis are skipped, visibly, where there is
 * none.
 */
export function describeOnBothQueues(name: string, tests: (openQueueStore: OpenQueueStore) => void): void {
  describe(`${name}, queue in Postgres`, () => {
    tests(async () => ({ queueUrl: null, [Symbol.asyncDispose]: async () => {} }));
  });
  describeWithRedis(`${name}, queue on Redis`, () => {
    tests(async () => {
      const redis = await createTestRedis();
      return { queueUrl: redis.url, [Symbol.asyncDispose]: () => redis.close() };
    });
  });
}
