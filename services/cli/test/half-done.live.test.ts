import { startLoader } from '@voxport/loader';
import { startScheduler } from '@voxport/scheduler';
import { startSimulator } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { runQuery, startRun } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import type { ServiceContext } from '@voxport/runtime';
import { expect, test } from 'vitest';
import { createWarehouse, describeOnBothQueues, openTestContext, testApiKey, testSource } from './export-parts.ts';

const month = { startUnixSecs: Date.UTC(2026, 8, 1) / 1000, endUnixSecs: Date.UTC(2026, 9, 1) / 1000 };
const conversationCount = 20;

async function runs(context: ServiceContext): Promise<unknown[]> {
  return runQuery(
    context.database.kysely,
    'select run_id, kind, state, listed, loaded from voxport_ops.runs order by run_id',
  );
}

describeOnBothQueues('what a process left half done', (openQueueStore) => {
  /** A fleet in this process, as soon as `leave` has left something half done. */
  async function startFleet(leave: (context: ServiceContext) => Promise<void>) {
    await using opened = new AsyncDisposableStack();
    const simulator = opened.use(await startSimulator({ conversationCount, seed: 3, apiKey: testApiKey, ...month }));
    const warehouse = opened.use(await createWarehouse());
    const store = opened.use(await openQueueStore());
    const { context } = opened.use(
      await openTestContext({
        databaseUrl: warehouse.url,
        queueUrl: store.queueUrl,
        sources: [testSource(simulator.url)],
      }),
    );
    await leave(context);
    for (const start of [startScheduler, startWorker, startLoader]) {
      const service = await start(context);
      opened.defer(() => service.close());
    }
    const kept = opened.move();
    return { context, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }
  const whole = { run_id: 1, kind: 'sync', state: 'finished', listed: conversationCount, loaded: conversationCount };

  test('a sync that was begun and never planned is planned by the next sweep, and not counted as finished with nothing', async () => {
    await using fleet = await startFleet(async ({ database: { kysely } }) => {
      await startRun(kysely, { kind: 'sync', sourceIds: ['support'], range: null, filters: {} });
      await runQuery(kysely, `update voxport_ops.runs set started_at = now() - interval '30 seconds'`);
    });
    await eventually(async () => JSON.stringify(await runs(fleet.context)) === JSON.stringify([whole]), {
      what: 'the sync to be whole',
      timeoutMs: 25_000,
    });
  });

  test('a queue that is paused while its source is not is resumed', async () => {
    await using fleet = await startFleet(async (context) => context.sources[0]!.producer.pause());
    await eventually(async () => JSON.stringify(await runs(fleet.context)) === JSON.stringify([whole]), {
      what: 'the sync to be whole',
      timeoutMs: 25_000,
    });
    expect(await fleet.context.sources[0]!.producer.isPaused()).toBe(false);
  });
});
