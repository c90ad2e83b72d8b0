import { pastMonth, startSimulator, type Simulator, type SimulatorOptions } from '@voxport/simulator';
import type { SourceConfig } from '@voxport/runtime';
import { runQuery } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import {
  createWarehouse,
  describeOnOneQueue,
  openTestContext,
  syncOnce,
  testApiKey,
  testSource,
} from './export-parts.ts';

const proxy = { dialect: 'voiceable' } as const;

function startProxy(options: SimulatorOptions): Promise<Simulator> {
  return startSimulator({ seed: 41, apiKey: testApiKey, voiceableRows: 'mixed', ...pastMonth, ...options });
}

interface Envelope {
  readonly data: readonly unknown[];
  readonly total_count: number;
}

/** What the proxy lists, less its oldest rows, but with its whole count. */
async function shortList(simulator: Simulator, rowCount: number): Promise<Envelope> {
  const url = `${simulator.voiceableUrl}/conversations?page_size=100&summary_mode=exclude`;
  const whole = (await (await fetch(url, { headers: { 'x-api-key': testApiKey } })).json()) as Envelope;
  simulator.resetStats();
  return { ...whole, data: whole.data.slice(0, rowCount) };
}

describeOnOneQueue('a voiceable source', (openQueueStore) => {
  async function openProxy(simulator: Simulator, changes: Partial<SourceConfig> = {}) {
    const opened = new AsyncDisposableStack();
    opened.use(simulator);
    const warehouse = opened.use(await createWarehouse());
    const store = opened.use(await openQueueStore());
    const source = testSource(simulator.voiceableUrl, { ...proxy, ...changes });
    const { context } = opened.use(
      await openTestContext({ databaseUrl: warehouse.url, queueUrl: store.queueUrl, sources: [source] }),
    );
    const query = (text: string) => runQuery(context.database.kysely, text);
    return { context, query, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  }

  test('is exported whole below a prefix, with rows in both forms, a cursor on the last page, and upstreams that fail', async () => {
    const simulator = await startProxy({ conversationCount: 230, voiceablePrefix: '/tenants/7/api/v1' });
    simulator.setFaults([
      { name: 'details', match: { ...proxy, endpoint: 'detail', every: 6 }, action: { do: 'upstream_error' } },
      { name: 'front', match: { ...proxy, endpoint: 'detail', every: 17 }, action: { do: 'html', status: 502 } },
      { name: 'lists', match: { ...proxy, endpoint: 'list', nth: [2, 4] }, action: { do: 'upstream_error' } },
    ]);
    await using opened = await openProxy(simulator);
    const result = await syncOnce(opened.context);
    expect(result.counts).toMatchObject({ listed: 230, loaded: 230, failed: 0, pending: 0 });
    expect(simulator.stats().faultsPlayed).toMatchObject({ lists: 2 });
    expect(simulator.stats().faultsPlayed['details']).toBeGreaterThan(30);
    expect(await expectTablesToEqualTruth(opened.context.database, simulator.truths(proxy), 'support')).toBe(230);
    expect((await syncOnce(opened.context)).counts).toMatchObject({ fetched: 0, unchanged: 230, failed: 0 });
  });

  test.each([
    ['auto', 60],
    ['never', 0],
  ] as const)('whose details answer 404 is exported from its list, with detail: %s', async (detail, detailsMax) => {
    const simulator = await startProxy({ conversationCount: 230 });
    simulator.setFaults([{ match: { endpoint: 'detail' }, action: { do: 'not_found' } }]);
    await using opened = await openProxy(simulator, { detail });
    expect((await syncOnce(opened.context)).counts).toMatchObject({ listed: 230, loaded: 230, failed: 0, gone: 0 });
    const asked = Object.values(simulator.stats().requests['detail'] ?? {}).reduce((sum, count) => sum + count, 0);
    expect(asked).toBeLessThanOrEqual(detailsMax);
    const spoken: unknown[] = [];
    for await (const { transcript_turns: turns } of simulator.truths(proxy)) spoken.push(...turns);
    expect(
      await opened.query('select count(*)::int as count from voxport.transcript_turns where message is not null'),
    ).toEqual([{ count: spoken.length }]);
    expect((await syncOnce(opened.context)).counts).toMatchObject({ fetched: 0, unchanged: 230, failed: 0 });
  });

  test('is exported whole when it is down at first', async () => {
    const simulator = await startProxy({ conversationCount: 40 });
    simulator.setFaults([{ name: 'storm', match: { ...proxy, nth: [1, 2, 3, 4] }, action: { do: 'upstream_error' } }]);
    await using opened = await openProxy(simulator);
    expect((await syncOnce(opened.context)).counts).toMatchObject({ loaded: 40, failed: 0 });
    expect(simulator.stats().faultsPlayed['storm']).toBeGreaterThan(1);
  });

  test('is listed again when fewer rows came than it counts', async () => {
    const simulator = await startProxy({ conversationCount: 60 });
    const body = await shortList(simulator, 45);
    // The first request asks whether the key works.
    simulator.setFaults([{ match: { endpoint: 'list', nth: 2 }, action: { do: 'status', status: 200, body } }]);
    await using opened = await openProxy(simulator);
    expect((await syncOnce(opened.context)).counts).toMatchObject({ listed: 60, loaded: 60, failed: 0 });
    expect(
      await opened.query(`select state, incomplete_listings, pass_rows, total_count from voxport_ops.windows`),
    ).toEqual([{ state: 'listed', incomplete_listings: 1, pass_rows: 60, total_count: 60 }]);
    expect(await expectTablesToEqualTruth(opened.context.database, simulator.truths(proxy), 'support')).toBe(60);
  });

  test('says so when fewer rows keep coming than it counts, keeps what came, and gets the rest with a later sync', async () => {
    const simulator = await startProxy({ conversationCount: 40 });
    const body = await shortList(simulator, 30);
    simulator.setFaults([{ match: { endpoint: 'list' }, action: { do: 'status', status: 200, body } }]);
    await using opened = await openProxy(simulator);
    const result = await syncOnce(opened.context);
    expect(result.counts).toMatchObject({ listed: 30, loaded: 30, windowsFailed: 1, failed: 1, pending: 0 });
    // The check of the key, the listing, and three more.
    expect(simulator.stats().requests['list']).toEqual({ 200: 5 });
    const failures = `select stage, error_class, attempts, resolution from voxport_ops.failures`;
    expect(await opened.query(failures)).toEqual([
      { stage: 'list', error_class: 'incomplete_list', attempts: 4, resolution: null },
    ]);
    const [failure] = await opened.query(`select message from voxport_ops.failures`);
    expect(failure?.['message']).toContain('brought 30 conversations, and the source counts 40');
    expect(await opened.query(`select complete_until from voxport_ops.source_coverage`)).toEqual([
      { complete_until: null },
    ]);

    simulator.setFaults([]);
    expect((await syncOnce(opened.context)).counts).toMatchObject({ listed: 40, loaded: 10, unchanged: 30, failed: 0 });
    expect(await opened.query(failures)).toMatchObject([{ resolution: 'recovered' }]);
    expect(await expectTablesToEqualTruth(opened.context.database, simulator.truths(proxy), 'support')).toBe(40);
  });

  test('is taken at its word when its count is not to be checked', async () => {
    const simulator = await startProxy({ conversationCount: 40 });
    const body = await shortList(simulator, 30);
    simulator.setFaults([{ match: { endpoint: 'list' }, action: { do: 'status', status: 200, body } }]);
    await using opened = await openProxy(simulator, { checkTotalCount: false });
    expect((await syncOnce(opened.context)).counts).toMatchObject({ listed: 30, loaded: 30, failed: 0 });
  });

  test('counts what a filter leaves, and what was deleted no more', async () => {
    const simulator = await startProxy({ conversationCount: 120 });
    const [first, second] = await Array.fromAsync(simulator.truths());
    simulator.updateConversation(String(second?.conversations['conversation_id']), { isDeleted: true });
    const filters = { agent_id: String(first?.conversations['agent_id']) };
    await using opened = await openProxy(simulator, { filters });
    expect((await syncOnce(opened.context)).counts).toMatchObject({ failed: 0, windowsFailed: 0 });
    const truths = simulator.truths({ ...proxy, filters });
    expect(await expectTablesToEqualTruth(opened.context.database, truths, 'support')).toBeGreaterThan(1);
  });
});
