import { pastMonth, startSimulator } from '@voxport/simulator';
import type { SourceConfig } from '@voxport/runtime';
import { runQuery } from '@voxport/warehouse';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../src/export/run-to-end.ts';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import { createWarehouse, openTestContext, syncOnce, testApiKey, testSource } from './export-parts.ts';

/** A simulator and an empty warehouse; `sync` opens the source anew with its settings, as a new process would. */
async function openParts(conversationCount = 150) {
  const opened = new AsyncDisposableStack();
  const simulator = opened.use(await startSimulator({ conversationCount, seed: 31, apiKey: testApiKey, ...pastMonth }));
  const warehouse = opened.use(await createWarehouse());
  const { context: reader } = opened.use(
    await openTestContext({ databaseUrl: warehouse.url, queueUrl: null, sources: [] }),
  );
  return {
    simulator,
    database: reader.database,
    query: (query: string) => runQuery(reader.database.kysely, query),
    async sync(changes: Partial<SourceConfig>, signal?: AbortSignal): Promise<RunResult['counts']> {
      const source = testSource(simulator.url, { lookbackSecs: 60, ...changes });
      await using one = await openTestContext({ databaseUrl: warehouse.url, queueUrl: null, sources: [source] });
      return (await syncOnce(one.context, signal)).counts;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describe('the watermark holds for the filters that it was reached with', () => {
  test('other filters list everything again, and nothing of the past is missing', async () => {
    await using parts = await openParts();
    const [first] = await Array.fromAsync(parts.simulator.truths());
    const agent = String(first?.conversations['agent_id']);
    const narrow = await parts.sync({ filters: { agent_id: agent } });
    expect(narrow.listed).toBeGreaterThan(5);
    expect(narrow.listed).toBeLessThan(150);
    expect(await parts.sync({ filters: { agent_id: agent } })).toMatchObject({ listed: 0 });

    const wide = await parts.sync({ filters: {} });
    expect(wide).toMatchObject({ listed: 150, fetched: 150 - narrow.listed, unchanged: narrow.listed, failed: 0 });
    expect(await expectTablesToEqualTruth(parts.database, parts.simulator.truths(), 'support')).toBe(150);
    expect(await parts.sync({ filters: {} })).toMatchObject({ listed: 0 });
  });

  test('the same filters in another order are the same', async () => {
    await using parts = await openParts();
    await parts.sync({ filters: { rating_min: 1, text_only: false } });
    expect(await parts.sync({ filters: { text_only: false, rating_min: 1 } })).toMatchObject({ listed: 0 });
  });

  test('a listing that was interrupted under other filters is not gone on with', async () => {
    await using parts = await openParts(600);
    const interruption = new AbortController();
    const interrupted = parts.sync({ filters: { text_only: true } }, interruption.signal);
    const watch = setInterval(
      () =>
        void parts
          .query(`select 1 from voxport_ops.windows`)
          .then((windows) => windows.length > 0 && interruption.abort()),
      2,
    );
    await expect(interrupted).rejects.toThrow();
    clearInterval(watch);

    await parts.sync({ filters: {} });
    expect(await expectTablesToEqualTruth(parts.database, parts.simulator.truths(), 'support')).toBe(600);
    expect(
      await parts.query(
        `select filters, state from voxport_ops.windows where state not in ('cancelled') order by window_id`,
      ),
    ).toContainEqual({ filters: {}, state: 'listed' });
    expect(await parts.query(`select 1 from voxport_ops.windows where state = 'open'`)).toEqual([]);
  });
});

describe('the watermark holds from the start that it was reached from', () => {
  test('an earlier start lists what lies before, a later one lists nothing again', async () => {
    await using parts = await openParts();
    const middle = new Date('2026-09-15T00:00:00Z');
    const late = await parts.sync({ since: middle });
    expect(late.listed).toBeLessThan(150);
    expect(await parts.sync({ since: new Date('2026-09-20T00:00:00Z') })).toMatchObject({ listed: 0 });
    expect(await parts.sync({ since: new Date('2026-09-10T00:00:00Z') })).toMatchObject({ failed: 0 });
    await parts.sync({ since: null });
    expect(await expectTablesToEqualTruth(parts.database, parts.simulator.truths(), 'support')).toBe(150);
    expect(await parts.sync({ since: null })).toMatchObject({ listed: 0 });
  });
});
