import { startLoader } from '@voxport/loader';
import { startScheduler } from '@voxport/scheduler';
import { startSimulator } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { runQuery } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from '../../test/compare-with-truth.ts';
import { emptyQueue } from '../../test/empty-queue.ts';
import {
  createWarehouse,
  describeOnBothQueues,
  openTestContext,
  testApiKey,
  testSource,
  type OpenQueueStore,
} from '../../test/export-parts.ts';
import { jsonOf, makeRunCommand } from '../../test/make-run-command.ts';
import { runToEnd } from '../export/run-to-end.ts';

const month = { startUnixSecs: Date.UTC(2026, 8, 1) / 1000, endUnixSecs: Date.UTC(2026, 9, 1) / 1000 };
const range = { after: new Date('2026-09-01T00:00:00Z'), before: new Date('2026-10-02T00:00:00Z') };
const conversationCount = 500;

async function openParts(openQueueStore: OpenQueueStore) {
  await using opened = new AsyncDisposableStack();
  // Slow enough that the queue is emptied in the middle.
  const simulator = opened.use(
    await startSimulator({ conversationCount, seed: 12, apiKey: testApiKey, latencyMs: 20, ...month }),
  );
  const warehouse = opened.use(await createWarehouse());
  const store = opened.use(await openQueueStore());
  const place = { databaseUrl: warehouse.url, queueUrl: store.queueUrl };
  const parts = { ...place, sources: [testSource(simulator.url)] };
  const { context } = opened.use(await openTestContext(parts));
  const loadedCount = async (): Promise<number> =>
    Number((await runQuery(context.database.kysely, 'select count(*) from voxport.conversations'))[0]?.['count']);
  const kept = opened.move();
  return {
    simulator,
    context,
    voxport: makeRunCommand(parts),
    loadedCount,
    empty: () => emptyQueue(place),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

describeOnBothQueues('a queue that loses everything in the middle of a backfill', (openQueueStore) => {
  test('is rebuilt by the command, twice without harm, and the export is complete', async () => {
    await using parts = await openParts(openQueueStore);
    const { context, voxport, loadedCount } = parts;
    const running = runToEnd(
      context,
      { kind: 'backfill', range, filters: {}, plan: (planner, runId) => planner.planBackfill(runId, range, {}) },
      new AbortController().signal,
    );
    await eventually(async () => (await loadedCount()) >= 30, { what: 'the first conversations', timeoutMs: 20_000 });
    await parts.empty();
    const rebuilt = jsonOf(await voxport('rebuild-queue', '--json'));
    const [counts] = rebuilt['sources'] as { windows: number; conversations: number }[];
    expect(counts!.windows + counts!.conversations).toBeGreaterThan(0);
    expect((await voxport('rebuild-queue')).exitCode).toBe(0);
    expect(await loadedCount(), 'still in the middle').toBeLessThan(conversationCount);

    expect((await running).counts).toMatchObject({ listed: conversationCount, failed: 0, pending: 0 });
    expect(await expectTablesToEqualTruth(context.database, parts.simulator.truths(), 'support')).toBe(
      conversationCount,
    );
  });

  test('is refilled by a running fleet itself, its schedules included', async () => {
    await using parts = await openParts(openQueueStore);
    const { context, loadedCount } = parts;
    await using services = new AsyncDisposableStack();
    for (const start of [startLoader, startWorker, startScheduler]) {
      const service = await start(context);
      services.defer(() => service.close());
    }
    await eventually(async () => (await loadedCount()) >= 30, { what: 'the first conversations', timeoutMs: 20_000 });
    await parts.empty();
    await eventually(async () => (await loadedCount()) === conversationCount, {
      what: 'every conversation',
      timeoutMs: 40_000,
    });
    expect(await expectTablesToEqualTruth(context.database, parts.simulator.truths(), 'support')).toBe(
      conversationCount,
    );
    // The run ends only if the sweeps are repeated again.
    await eventually(
      async () =>
        (await runQuery(context.database.kysely, `select 1 from voxport_ops.runs where state = 'finished'`)).length > 0,
      { what: 'the end of the sync', timeoutMs: 20_000 },
    );
  }, 90_000);
});
