import type { ServiceContext, SourceConfig } from '@voxport/runtime';
import { makeSourcePlanner } from '@voxport/scheduler';
import { pastMonth, startSimulator, type Simulator } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { readSource, runQuery, startRun } from '@voxport/warehouse';
import { startLoader } from '@voxport/loader';
import { startWorker } from '@voxport/worker';
import { expect, test } from 'vitest';
import {
  createWarehouse,
  describeOnOneQueue,
  openTestContext,
  syncOnce,
  testApiKey,
  testSource,
  type OpenQueueStore,
} from './export-parts.ts';
import { startFleet } from './start-fleet.ts';

const conversationCount = 60;
const schedule = { everySecs: 1 };

async function loaded({ database: { kysely } }: ServiceContext, sourceId: string): Promise<number> {
  const [row] = await runQuery(
    kysely,
    `select count(*)::int as count from voxport.conversations where source_id = '${sourceId}'`,
  );
  return (row as { count: number }).count;
}

/**
 * Two sources whose first sync, begun together, was interrupted when both had loaded something; `open` opens them, or
 * some of them, again.
 */
async function interrupted(openQueueStore: OpenQueueStore) {
  await using opened = new AsyncDisposableStack();
  const simulators: Simulator[] = [];
  for (const seed of [51, 52]) {
    simulators.push(
      opened.use(await startSimulator({ conversationCount, seed, apiKey: testApiKey, latencyMs: 60, ...pastMonth })),
    );
  }
  const [first, second] = simulators as [Simulator, Simulator];
  const warehouse = opened.use(await createWarehouse());
  const store = opened.use(await openQueueStore());
  const requestsInFlight = { start: 2, max: 2 };
  const sources = [
    testSource(first.url, { sourceId: 'first', schedule, requestsInFlight }),
    testSource(second.url, { sourceId: 'second', schedule, requestsInFlight }),
  ];
  const open = (configured: readonly SourceConfig[]) =>
    openTestContext({ databaseUrl: warehouse.url, queueUrl: store.queueUrl, sources: configured });
  {
    await using both = await open(sources);
    for (const source of both.context.sources) {
      const { sourceId } = source.config;
      const runId = await startRun(both.context.database.kysely, { kind: 'sync', sourceId, range: null, filters: {} });
      await makeSourcePlanner(both.context, source).planSync(runId);
    }
    await using services = new AsyncDisposableStack();
    for (const start of [startLoader, startWorker]) {
      const service = await start(both.context);
      services.defer(() => service.close());
    }
    for (const { sourceId } of sources) {
      await eventually(async () => (await loaded(both.context, sourceId)) > 0, { what: `${sourceId} to be under way` });
    }
  }
  const kept = opened.move();
  return { first, second, sources, open, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describeOnOneQueue('a sync of two sources that was interrupted', (openQueueStore) => {
  test('does not hold up the one that is left when the other is no longer configured', async () => {
    await using parts = await interrupted(openQueueStore);
    await using left = await parts.open(parts.sources.slice(0, 1));
    const { context } = left;
    expect(await loaded(context, 'second')).toBeLessThan(conversationCount);
    await syncOnce(context);
    expect(await loaded(context, 'first')).toBe(conversationCount);
    await using _ = await startFleet(context);
    parts.first.addConversations(1);
    await eventually(async () => (await loaded(context, 'first')) === conversationCount + 1, {
      what: 'a new call of the source that is left',
    });
    expect(await loaded(context, 'second')).toBeLessThan(conversationCount);
  });

  test('does not hold up the one whose key is good when the other is paused by its key, which then continues', async () => {
    await using parts = await interrupted(openQueueStore);
    parts.second.setFaults([{ action: { do: 'unauthorized' } }]);
    await using both = await parts.open(parts.sources);
    const { context } = both;
    await using _ = await startFleet(context);
    const second = () => readSource(context.database.kysely, 'second');
    await eventually(async () => (await second())?.pausedClass === 'unauthorized', { what: 'the pause' });
    parts.first.addConversations(1);
    await eventually(async () => (await loaded(context, 'first')) === conversationCount + 1, {
      what: 'all calls of the other source, the new one too',
    });
    expect((await second())?.pausedClass).toBe('unauthorized');
    expect(await loaded(context, 'second')).toBeLessThan(conversationCount);
    parts.second.setFaults([]);
    await eventually(async () => (await loaded(context, 'second')) === conversationCount, {
      what: 'the source whose key is good again',
    });
  }, 150_000);
});
