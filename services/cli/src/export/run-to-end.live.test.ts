import { pastMonth, startSimulator } from '@voxport/simulator';
import { runQuery } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from '../../test/compare-with-truth.ts';
import {
  createWarehouse,
  describeOnBothQueues,
  describeOnOneQueue,
  openTestContext,
  syncOnce,
  testApiKey,
  testSource,
} from '../../test/export-parts.ts';
import { syncRequest } from './run-requests.ts';
import { openExport } from '../../test/open-export.ts';
import { runToEnd } from './run-to-end.ts';

describeOnBothQueues('sync', (openQueueStore) => {
  test('loads what the source served, row for row, and changes nothing the second time', async () => {
    await using simulator = await startSimulator({ conversationCount: 250, seed: 3, apiKey: testApiKey, ...pastMonth });
    await using warehouse = await createWarehouse();
    await using store = await openQueueStore();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: store.queueUrl,
      sources: [testSource(simulator.url)],
    });
    const { context } = opened;
    const { kysely } = context.database;

    const first = await syncOnce(context);
    const listed = simulator.stats();
    expect(first.counts).toMatchObject({ listed: 250, fetched: 250, loaded: 250, unchanged: 0, failed: 0, pending: 0 });
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(250);

    const snapshot = (): Promise<Record<string, unknown>[]> =>
      runQuery(kysely, 'select md5(string_agg(c::text, $$,$$ order by conversation_id)) from voxport.conversations c');
    const before = await snapshot();
    const second = await syncOnce(context);
    expect(second.counts).toMatchObject({ listed: 250, fetched: 0, loaded: 0, unchanged: 250, failed: 0 });
    expect(await snapshot()).toEqual(before);
    expect(listed.requests).toBeDefined();
  });

  test('continues at the page where an earlier sync was interrupted', async () => {
    await using simulator = await startSimulator({ conversationCount: 900, seed: 4, apiKey: testApiKey, ...pastMonth });
    await using warehouse = await createWarehouse();
    await using store = await openQueueStore();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: store.queueUrl,
      sources: [testSource(simulator.url)],
    });
    const { context } = opened;
    const { kysely } = context.database;
    const loadedCount = async (): Promise<number> =>
      Number((await runQuery(kysely, 'select count(*) from voxport.conversations'))[0]?.['count']);

    const interruption = new AbortController();
    const interrupted = syncOnce(context, interruption.signal);
    const watch = setInterval(() => void loadedCount().then((count) => count > 0 && interruption.abort()), 10);
    await expect(interrupted).rejects.toThrow();
    clearInterval(watch);
    expect(await loadedCount()).toBeLessThan(900);

    const resumed = await syncOnce(context);
    expect(resumed.counts).toMatchObject({ failed: 0, pending: 0, windowsOpen: 0 });
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(900);
  });
});

describeOnOneQueue('an export', (openQueueStore) => {
  test('that is stopped because its source is paused tells what it had done', async () => {
    await using parts = await openExport({ simulator: { conversationCount: 30, seed: 4 }, openQueueStore });
    const { simulator, context } = parts;
    const body = { detail: { code: 'invalid_api_key', message: 'No' } };
    // The key is checked once and the one page is listed; from then on it is refused everywhere.
    const later = Array.from({ length: 200 }, (_, index) => index + 3);
    simulator.setFaults([
      { match: { endpoint: 'detail' }, action: { do: 'status', status: 401, body } },
      { match: { endpoint: 'list', nth: later }, action: { do: 'status', status: 401, body } },
    ]);
    const told: unknown[] = [];
    const stopped = runToEnd(
      context,
      { ...syncRequest(), onStopped: (what) => void told.push(what) },
      new AbortController().signal,
    );
    await expect(stopped).rejects.toMatchObject({ code: 'unauthorized' });
    expect(told).toMatchObject([{ runs: [{ sourceId: 'support' }], counts: { listed: 30, loaded: 0 } }]);
  });

  test('backfills a range and one agent only, in windows that list in parallel', async () => {
    await using simulator = await startSimulator({ conversationCount: 400, seed: 5, apiKey: testApiKey, ...pastMonth });
    await using warehouse = await createWarehouse();
    await using store = await openQueueStore();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: store.queueUrl,
      sources: [testSource(simulator.url)],
    });
    const { context } = opened;
    const range = { after: new Date('2026-09-10T00:00:00Z'), before: new Date('2026-09-20T00:00:00Z') };
    const seconds = { afterUnixSecs: range.after.getTime() / 1000, beforeUnixSecs: range.before.getTime() / 1000 - 1 };
    const agents = new Set<string>();
    for await (const truth of simulator.truths(seconds)) agents.add(String(truth.conversations['agent_id']));
    const [agent] = [...agents].toSorted();

    const result = await runToEnd(
      context,
      {
        kind: 'backfill',
        range,
        filters: { agent_id: agent! },
        plan: (planner, runId) => planner.planBackfill(runId, range, { agent_id: agent! }),
      },
      new AbortController().signal,
    );
    expect(result.counts.windows).toBe(8);
    expect(result.counts.failed).toBe(0);
    const compared = await expectTablesToEqualTruth(
      context.database,
      simulator.truths({ ...seconds, filters: { agent_id: agent! } }),
      'support',
    );
    expect(compared).toBe(result.counts.listed);
    expect(compared).toBeGreaterThan(5);
  });

  test('loads both dialects side by side', async () => {
    await using simulator = await startSimulator({ conversationCount: 120, seed: 6, apiKey: testApiKey, ...pastMonth });
    await using warehouse = await createWarehouse();
    await using store = await openQueueStore();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: store.queueUrl,
      sources: [
        testSource(simulator.url, { sourceId: 'direct' }),
        testSource(simulator.voiceableUrl, { sourceId: 'proxy', dialect: 'voiceable' }),
      ],
    });
    const result = await syncOnce(opened.context);
    expect(result.counts).toMatchObject({ listed: 240, loaded: 240, failed: 0 });
    await expectTablesToEqualTruth(opened.context.database, simulator.truths(), 'direct');
    await expectTablesToEqualTruth(opened.context.database, simulator.truths({ dialect: 'voiceable' }), 'proxy');
  });
});
