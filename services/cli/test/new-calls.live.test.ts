import { eventually } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { describeOnBothQueues } from './export-parts.ts';
import { openExport, type OpenExport } from './open-export.ts';
import { startFleet } from './start-fleet.ts';

const nowSecs = (): number => Math.floor(Date.now() / 1000);

async function count({ query }: OpenExport, from: string): Promise<number> {
  return Number((await query(`select count(*) as count from ${from}`))[0]!['count']);
}

const runsOf = (kind: string): string => `voxport_ops.runs where kind = '${kind}'`;

/** Adds a call that starts now, and waits until it is loaded. */
async function loadNewCall(parts: OpenExport): Promise<void> {
  const [id] = parts.simulator.addConversations(1, { startUnixSecs: nowSecs() - 100, endUnixSecs: nowSecs() - 100 });
  await eventually(async () => (await count(parts, `voxport.conversations where conversation_id = '${id}'`)) === 1, {
    what: 'the new call to be loaded',
  });
}

describeOnBothQueues('whatever waits, a new call is listed on the schedule', (openQueueStore) => {
  test('while the first sync has hundreds of calls to fetch at two requests in flight', async () => {
    await using parts = await openExport({
      simulator: { conversationCount: 1500, seed: 41, latencyMs: 150, turnsPerConversation: 4 },
      source: { requestsInFlight: { start: 2, max: 2 }, schedule: { everySecs: 1 }, lookbackSecs: 1800 },
      openQueueStore,
    });
    await using _ = await startFleet(parts.context);
    await eventually(async () => (await count(parts, 'voxport.conversations')) > 20, { what: 'the first details' });
    for (let call = 0; call < 3; call += 1) {
      const before = await count(parts, runsOf('sync'));
      await loadNewCall(parts);
      // Two schedules and the one that was about to start when the call came.
      expect((await count(parts, runsOf('sync'))) - before).toBeLessThanOrEqual(3);
    }
    expect(await count(parts, 'voxport.conversations')).toBeLessThan(1000);
  });

  test('while hundreds of new calls wait to be fetched', async () => {
    await using parts = await openExport({
      simulator: { conversationCount: 1, seed: 42, latencyMs: 150, turnsPerConversation: 4 },
      source: { requestsInFlight: { start: 2, max: 2 }, schedule: { everySecs: 1 }, lookbackSecs: 1800 },
      openQueueStore,
    });
    await using _ = await startFleet(parts.context);
    await eventually(async () => (await count(parts, 'voxport.conversations')) === 1, { what: 'the first sync' });
    parts.simulator.addConversations(1000, { startUnixSecs: nowSecs() - 600, endUnixSecs: nowSecs() - 300 });
    await eventually(async () => (await count(parts, 'voxport.conversations')) > 10, { what: 'the first of them' });
    const [id] = parts.simulator.addConversations(1, { startUnixSecs: nowSecs() - 50, endUnixSecs: nowSecs() - 50 });
    await eventually(async () => (await count(parts, `voxport_ops.inventory where conversation_id = '${id}'`)) === 1, {
      what: 'the new call to be listed',
    });
    expect(await count(parts, 'voxport.conversations')).toBeLessThan(150);
  });

  test('while sixty calls are running, and are rechecked all the time', async () => {
    await using parts = await openExport({
      simulator: { conversationCount: 60, seed: 43, startUnixSecs: nowSecs() - 5, endUnixSecs: nowSecs() - 1 },
      source: { schedule: { everySecs: 1 }, lookbackSecs: 1800 },
      openQueueStore,
    });
    await using _ = await startFleet(parts.context);
    await eventually(
      async () => (await count(parts, `voxport.conversations where status in ('in-progress', 'initiated')`)) > 10,
      { what: 'running calls' },
    );
    const makeDue = (): Promise<unknown> =>
      parts.query(
        `update voxport_ops.inventory set next_check_at = now() - interval '1 second' where state = 'loaded' and next_check_at is not null`,
      );
    await eventually(
      async () => {
        await makeDue();
        return (await count(parts, 'voxport_ops.inventory where generation > 1')) > 10;
      },
      { what: 'rechecks' },
    );
    const before = await count(parts, runsOf('sync'));
    const [id] = parts.simulator.addConversations(1);
    await eventually(
      async () => {
        await makeDue();
        return (await count(parts, `voxport.conversations where conversation_id = '${id}'`)) === 1;
      },
      { what: 'the new call to be loaded' },
    );
    expect((await count(parts, runsOf('sync'))) - before).toBeLessThanOrEqual(3);
  });
});
