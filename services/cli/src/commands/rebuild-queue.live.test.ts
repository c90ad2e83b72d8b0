import { eventually } from '@voxport/testkit';
import { runQuery } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from '../../test/compare-with-truth.ts';
import { emptyQueue } from '../../test/empty-queue.ts';
import { describeOnBothQueues, type OpenQueueStore } from '../../test/export-parts.ts';
import { openExport } from '../../test/open-export.ts';
import { jsonOf } from '../../test/make-run-command.ts';
import { startFleet } from '../../test/start-fleet.ts';
import { runToEnd } from '../export/run-to-end.ts';

const range = { after: new Date('2026-09-01T00:00:00Z'), before: new Date('2026-10-02T00:00:00Z') };
const conversationCount = 500;

async function openParts(openQueueStore: OpenQueueStore) {
  // Slow enough that the queue is emptied in the middle.
  const parts = await openExport({ simulator: { conversationCount, seed: 12, latencyMs: 20 }, openQueueStore });
  return {
    ...parts,
    loadedCount: async (): Promise<number> =>
      Number((await parts.query('select count(*) from voxport.conversations'))[0]?.['count']),
    empty: () => emptyQueue(parts.config),
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
    await eventually(async () => (await loadedCount()) >= 30, { what: 'the first conversations' });
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
    await using _ = await startFleet(context);
    await eventually(async () => (await loadedCount()) >= 30, { what: 'the first conversations' });
    await parts.empty();
    await eventually(async () => (await loadedCount()) === conversationCount, {
      what: 'every conversation',
    });
    expect(await expectTablesToEqualTruth(context.database, parts.simulator.truths(), 'support')).toBe(
      conversationCount,
    );
    // The run ends only if the sweeps are repeated again.
    await eventually(
      async () =>
        (await runQuery(context.database.kysely, `select 1 from voxport_ops.runs where state = 'finished'`)).length > 0,
      { what: 'the end of the sync' },
    );
  }, 90_000);
});
