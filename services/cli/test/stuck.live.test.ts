import { startLoader } from '@voxport/loader';
import { makeSourcePlanner } from '@voxport/scheduler';
import { pastMonth, startSimulator } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { insertWindows, registerSource, runQuery, startRun } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import { startFleet } from './start-fleet.ts';
import {
  beginSync,
  createWarehouse,
  describeOnBothQueues,
  describeOnOneQueue,
  openTestContext,
  syncOnce,
  testApiKey,
  testSource,
} from './export-parts.ts';

describeOnBothQueues('what is stuck without a job', (openQueueStore) => {
  test('is found by the sweep in each of its states, and comes to its end', async () => {
    await using simulator = await startSimulator({ conversationCount: 60, seed: 14, apiKey: testApiKey, ...pastMonth });
    await using warehouse = await createWarehouse();
    await using store = await openQueueStore();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: store.queueUrl,
      sources: [testSource(simulator.url)],
    });
    const { context } = opened;
    const [source] = context.sources;
    const { kysely } = context.database;
    const query = (text: string): Promise<Record<string, unknown>[]> => runQuery(kysely, text);
    await syncOnce(context);
    const [lost, stranded, waiting, unlisted] = [7, 23, 31, 44].map((index) => simulator.conversationIdAt(index));

    const runId = await startRun(kysely, { kind: 'sync', sourceId: 'support', range: null, filters: {} });
    // Discovered, and its job lost.
    await query(
      `update voxport_ops.inventory set state = 'discovered', generation = generation + 1, fetched_at = null, wanted_run_id = ${runId},
         wanted_at = now() - interval '5 minutes' where conversation_id = '${lost}'`,
    );
    // Fetched, and its payload gone: nothing would ever load it.
    await query(`delete from voxport_raw.payloads where conversation_id = '${stranded}'`);
    await query(
      `update voxport_ops.inventory set state = 'fetched', generation = generation + 1, wanted_run_id = ${runId},
         fetched_at = now() - interval '5 minutes' where conversation_id = '${stranded}'`,
    );
    // Landed, and the wake-up lost.
    await query(`update voxport_raw.payloads set state = 'landed' where conversation_id = '${waiting}'`);
    await query(
      `update voxport_ops.inventory set state = 'fetched', wanted_run_id = ${runId} where conversation_id = '${waiting}'`,
    );
    // A window that is open, without a job; its only new call is one that was forgotten.
    await query(`delete from voxport.conversations where conversation_id = '${unlisted}'`);
    await query(`delete from voxport_ops.inventory where conversation_id = '${unlisted}'`);
    await registerSource(kysely, { sourceId: 'support', dialect: 'elevenlabs', baseUrl: simulator.url });
    await insertWindows(kysely, {
      runId,
      sourceId: 'support',
      ranges: [{ after: null, before: new Date('2026-10-02T00:00:00Z') }],
      filters: {},
      priority: 'live',
      origin: 'poll',
    });

    await using services = new AsyncDisposableStack();
    for (const start of [startLoader, startWorker]) {
      const service = await start(context);
      services.defer(() => service.close());
    }
    await makeSourcePlanner(context, source!).tick();
    await eventually(
      async () =>
        (await query(`select 1 from voxport_ops.windows where state = 'open'`)).length === 0 &&
        (await query(`select 1 from voxport_ops.inventory where state <> 'loaded'`)).length === 0 &&
        (await query(`select 1 from voxport_ops.inventory`)).length === 60,
      { what: 'every conversation to be loaded' },
    );
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(60);
    expect(
      await query(`select generation from voxport_ops.inventory where conversation_id = '${stranded}'`),
      'wanted anew',
    ).toEqual([{ generation: 3 }]);
  });

  test('is left alone while it may still be under way', async () => {
    await using simulator = await startSimulator({ conversationCount: 3, seed: 15, apiKey: testApiKey, ...pastMonth });
    await using warehouse = await createWarehouse();
    await using store = await openQueueStore();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: store.queueUrl,
      sources: [testSource(simulator.url)],
    });
    const { context } = opened;
    await syncOnce(context);
    const id = simulator.conversationIdAt(1);
    await runQuery(
      context.database.kysely,
      `update voxport_ops.inventory set state = 'fetched', fetched_at = now() where conversation_id = '${id}'`,
    );
    await makeSourcePlanner(context, context.sources[0]!).tick();
    expect(
      await runQuery(
        context.database.kysely,
        `select state, generation from voxport_ops.inventory where conversation_id = '${id}'`,
      ),
    ).toEqual([{ state: 'fetched', generation: 1 }]);
  });
});

describeOnOneQueue('a long first export with a restless source', (openQueueStore) => {
  test('is complete, with cursors that expire, answers that break, and calls that arrive', async () => {
    await using simulator = await startSimulator({
      conversationCount: 1000,
      seed: 16,
      apiKey: testApiKey,
      tiedStarts: { share: 0.5, size: 30 },
      ...pastMonth,
    });
    await using warehouse = await createWarehouse();
    await using store = await openQueueStore();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: store.queueUrl,
      sources: [testSource(simulator.url)],
    });
    const { context } = opened;
    const { kysely } = context.database;
    simulator.setFaults([
      { match: { endpoint: 'list', hasCursor: true, nth: [2, 6, 9] }, action: { do: 'expire_cursor' } },
      { match: { endpoint: 'list', nth: 5 }, action: { do: 'truncate' } },
      { match: { endpoint: 'list', nth: 7 }, action: { do: 'html', status: 503 } },
    ]);
    await using _ = await startFleet(context);
    // Calls with old starts appear while pages are read; the next sync, by its lookback, lists those that were passed
    // already.
    const arrived = simulator.addConversations(5, pastMonth);
    await eventually(
      async () =>
        (await runQuery(kysely, `select 1 from voxport_ops.runs where kind = 'sync' and state = 'finished'`)).length >
        0,
      { what: 'the first sync' },
    );
    const [window] = await runQuery(
      kysely,
      'select sum(pages)::int4 as pages, sum(restarts)::int4 as restarts from voxport_ops.windows',
    );
    expect(window?.['restarts']).toBe(3);
    // 11 pages are needed; a restart from the end of the window would have cost up to 7 more each.
    expect(window?.['pages']).toBeLessThanOrEqual(11 + 4);
    expect(arrived).toHaveLength(5);
    const runId = await beginSync(context);
    await eventually(
      async () =>
        (await runQuery(kysely, `select 1 from voxport_ops.runs where run_id = ${runId} and state = 'finished'`))
          .length > 0,
      { what: 'the next sync' },
    );
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(1005);
  });
});
