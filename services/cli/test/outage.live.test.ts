import { pastMonth, startSimulator, type Fault, type Simulator } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { readSource, runQuery } from '@voxport/warehouse';
import type { ServiceContext } from '@voxport/runtime';
import { expect, test } from 'vitest';
import {
  createWarehouse,
  describeOnBothQueues,
  describeOnOneQueue,
  openTestContext,
  syncOnce,
  testApiKey,
  testSource,
} from './export-parts.ts';
import { startFleet } from './start-fleet.ts';
import { openExport } from './open-export.ts';

const away: Fault[] = [{ name: 'away', action: { do: 'upstream_error' } }];

function simulate(conversationCount: number, seed: number): Promise<Simulator> {
  return startSimulator({ conversationCount, seed, apiKey: testApiKey, latencyMs: 20, ...pastMonth });
}

async function loaded({ database: { kysely } }: ServiceContext, sourceId: string): Promise<number> {
  const [row] = await runQuery(
    kysely,
    `select count(*)::int as count from voxport.conversations where source_id = '${sourceId}'`,
  );
  return (row as { count: number }).count;
}

async function failures({ database: { kysely } }: ServiceContext): Promise<unknown[]> {
  return runQuery(kysely, 'select * from voxport_ops.failures');
}

describeOnBothQueues('a source that goes away', (openQueueStore) => {
  test('pauses alone, says so, comes back by itself, and has used up no attempts', async () => {
    await using opened = new AsyncDisposableStack();
    const first = opened.use(await simulate(200, 3));
    const second = opened.use(await simulate(200, 4));
    const warehouse = opened.use(await createWarehouse());
    const store = opened.use(await openQueueStore());
    const { context } = opened.use(
      await openTestContext({
        databaseUrl: warehouse.url,
        queueUrl: store.queueUrl,
        sources: [testSource(first.url, { sourceId: 'first' }), testSource(second.url, { sourceId: 'second' })],
      }),
    );
    first.setFaults(away);
    opened.use(await startFleet(context));
    const paused = () => readSource(context.database.kysely, 'first');
    await eventually(async () => (await paused())?.pausedClass === 'source_down', {
      what: 'the outage to be seen',
    });
    expect((await paused())?.pausedReason).toContain('Source "first" does not answer');
    expect((await readSource(context.database.kysely, 'second'))?.pausedAt).toBeNull();
    await eventually(async () => (await loaded(context, 'second')) === 200, {
      what: 'the other source to be loaded',
    });
    expect((await paused())?.pausedAt).not.toBeNull();
    expect(await failures(context)).toEqual([]);

    first.setFaults([]);
    await eventually(async () => (await loaded(context, 'first')) === 200, {
      what: 'the source to come back',
    });
    expect((await paused())?.pausedAt).toBeNull();
    expect(await failures(context)).toEqual([]);
  });
});

describeOnOneQueue('a source that is away', (openQueueStore) => {
  test('is known to be away by a fleet that is idle: the one listing of a sync is no dead letter, the alert says what is the matter', async () => {
    await using parts = await openExport({
      simulator: { conversationCount: 60, seed: 6, latencyMs: 5 },
      source: { schedule: { everySecs: 1 }, checkPolicy: { refreshSecs: [], retentionSecs: 730 * 86_400 } },
      openQueueStore,
    });
    const { simulator, context } = parts;
    await syncOnce(context);
    simulator.setFaults(away);
    await using _ = await startFleet(context);
    const source = () => readSource(context.database.kysely, 'support');
    await eventually(async () => (await source())?.pausedClass === 'source_down', {
      what: 'the outage to be seen',
    });
    // Three minutes are three minutes: the alert is due after one, whose clock stands in Postgres.
    await parts.query(`update voxport_ops.sources set paused_at = now() - interval '3 minutes'`);
    await eventually(
      async () =>
        (await parts.query(`select 1 from voxport_ops.alerts where kind = 'source_paused' and resolved_at is null`))
          .length === 1,
      { what: 'the alert' },
    );
    expect(await parts.query(`select title from voxport_ops.alerts where title like '%window%'`)).toEqual([]);
    expect(await failures(context)).toEqual([]);
    const attempts = simulator.stats().requests['list']?.['502'] ?? 0;
    simulator.setFaults([]);
    simulator.addConversations(1);
    await eventually(async () => (await loaded(context, 'support')) === 61, {
      what: 'the call that began meanwhile to be loaded',
    });
    expect(attempts).toBeLessThan(40);
    expect((await source())?.pausedAt).toBeNull();
    expect(await failures(context)).toEqual([]);
  });

  test('is waited for by a sync, which loses nothing by it', async () => {
    await using parts = await openExport({
      simulator: { conversationCount: 300, seed: 5, latencyMs: 20 },
      openQueueStore,
    });
    const { simulator, context } = parts;
    const syncing = syncOnce(context);
    await eventually(async () => (await loaded(context, 'support')) > 0, { what: 'the first to be loaded' });
    simulator.setFaults(away);
    await eventually(
      async () => (await readSource(context.database.kysely, 'support'))?.pausedClass === 'source_down',
      { what: 'the outage to be seen' },
    );
    simulator.setFaults([]);
    expect((await syncing).counts).toMatchObject({ listed: 300, loaded: 300, failed: 0, pending: 0 });
    expect(await failures(context)).toEqual([]);
  });
});
