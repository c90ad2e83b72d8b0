import { startLoader } from '@voxport/loader';
import { makeSourcePlanner } from '@voxport/scheduler';
import { startSimulator } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { runQuery, startRun } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { expect, test } from 'vitest';
import { createWarehouse, describeOnBothQueues, openTestContext, testApiKey, testSource } from './export-parts.ts';

const daySecs = 86_400;
const endUnixSecs = Math.floor(Date.now() / 1000) - 2 * daySecs;
const startUnixSecs = endUnixSecs - 300 * daySecs;
const delaySecsMax = 5;

describeOnBothQueues('a backfill of a million conversations', (openQueueStore) => {
  test('delays a new call by a few seconds at most', async () => {
    await using opened = new AsyncDisposableStack();
    const simulator = opened.use(
      await startSimulator({
        conversationCount: 1_000_000,
        seed: 21,
        apiKey: testApiKey,
        requestsInFlightMax: 8,
        latencyMs: 200,
        startUnixSecs,
        endUnixSecs,
      }),
    );
    const warehouse = opened.use(await createWarehouse());
    const store = opened.use(await openQueueStore());
    const { context } = opened.use(
      await openTestContext({
        databaseUrl: warehouse.url,
        queueUrl: store.queueUrl,
        sources: [
          testSource(simulator.url, {
            requestsInFlight: { start: 8, max: 8 },
            since: new Date(endUnixSecs * 1000),
            lookbackSecs: 1.5 * daySecs,
          }),
        ],
      }),
    );
    const { kysely } = context.database;
    const source = context.sources[0]!;
    const planner = makeSourcePlanner(context, source);
    const range = { after: new Date(startUnixSecs * 1000), before: new Date(endUnixSecs * 1000) };
    const backfillId = await startRun(kysely, { kind: 'backfill', sourceIds: ['support'], range, filters: {} });
    await planner.planBackfill(backfillId, range, {});
    for (const start of [startWorker, startLoader]) {
      const service = await start(context);
      opened.defer(() => service.close());
    }
    const queued = async (): Promise<number> => (await source.producer.fetchDepth()).waiting;
    await eventually(async () => (await queued()) > 300, { what: 'the backfill to fill the queue', timeoutMs: 30_000 });

    const delays: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      const [conversationId] = simulator.addConversations(1, {
        startUnixSecs: endUnixSecs + daySecs + call,
        endUnixSecs: endUnixSecs + daySecs + call,
      });
      const beganMs = performance.now();
      const syncId = await startRun(kysely, { kind: 'sync', sourceIds: ['support'], range: null, filters: {} });
      await planner.planSync(syncId);
      await eventually(
        async () =>
          (
            await runQuery(
              kysely,
              `select 1 from voxport.conversations where conversation_id = '${String(conversationId)}'`,
            )
          ).length === 1,
        { what: 'the new call to be loaded', timeoutMs: 60_000 },
      );
      delays.push((performance.now() - beganMs) / 1000);
      expect(await queued()).toBeGreaterThan(100);
    }
    expect(Math.max(...delays)).toBeLessThan(delaySecsMax);
  });
});
