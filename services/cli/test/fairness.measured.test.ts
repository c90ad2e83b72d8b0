import { startLoader } from '@voxport/loader';
import { makeSourcePlanner } from '@voxport/scheduler';
import { eventually } from '@voxport/testkit';
import { startRun } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { expect, test } from 'vitest';
import { beginSync, describeOnBothQueues } from './export-parts.ts';
import { openExport } from './open-export.ts';

const daySecs = 86_400;
const endUnixSecs = Math.floor(Date.now() / 1000) - 2 * daySecs;
const startUnixSecs = endUnixSecs - 300 * daySecs;
const delaySecsMax = 5;

describeOnBothQueues('a backfill of a million conversations', (openQueueStore) => {
  test('delays a new call by a few seconds at most', async () => {
    await using opened = new AsyncDisposableStack();
    const { simulator, context, query } = opened.use(
      await openExport({
        simulator: {
          conversationCount: 1_000_000,
          seed: 21,
          requestsInFlightMax: 8,
          latencyMs: 200,
          startUnixSecs,
          endUnixSecs,
        },
        source: {
          requestsInFlight: { start: 8, max: 8 },
          since: new Date(endUnixSecs * 1000),
          lookbackSecs: 1.5 * daySecs,
        },
        openQueueStore,
      }),
    );
    const { kysely } = context.database;
    const source = context.sources[0]!;
    const range = { after: new Date(startUnixSecs * 1000), before: new Date(endUnixSecs * 1000) };
    const backfillId = await startRun(kysely, { kind: 'backfill', sourceId: 'support', range, filters: {} });
    await makeSourcePlanner(context, source).planBackfill(backfillId, range, {});
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
      await beginSync(context);
      const find = `select 1 from voxport.conversations where conversation_id = '${conversationId}'`;
      await eventually(async () => (await query(find)).length === 1, {
        what: 'the new call to be loaded',
        timeoutMs: 60_000,
      });
      delays.push((performance.now() - beganMs) / 1000);
      expect(await queued()).toBeGreaterThan(100);
    }
    expect(Math.max(...delays)).toBeLessThan(delaySecsMax);
  });
});
