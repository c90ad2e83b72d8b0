import { failConversation, runQuery, type Database } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from '../../test/compare-with-truth.ts';
import { describeOnBothQueues, describeOnOneQueue, syncOnce, type OpenQueueStore } from '../../test/export-parts.ts';
import { openExport } from '../../test/open-export.ts';
import { jsonOf } from '../../test/make-run-command.ts';

const openFailures = ({ kysely }: Database): Promise<Record<string, unknown>[]> =>
  runQuery(kysely, 'select * from voxport_ops.failures where resolved_at is null order by failure_id');

/** A simulator, a warehouse, and the command on them. */
const openParts = (openQueueStore: OpenQueueStore, conversationCount: number) =>
  openExport({ simulator: { conversationCount, seed: 11 }, openQueueStore });

describeOnBothQueues('failures', (openQueueStore) => {
  test('a class of fetch failures is listed, shown, retried after the fix, and the export is complete', async () => {
    await using parts = await openParts(openQueueStore, 40);
    const { simulator, context, voxport } = parts;
    const broken = [3, 8, 21].map((index) => simulator.conversationIdAt(index));
    simulator.setFaults([
      {
        match: { endpoint: 'detail', conversationId: broken },
        action: { do: 'status', status: 400, body: { detail: { code: 'invalid_parameters', message: 'no' } } },
      },
    ]);
    expect((await syncOnce(context)).counts).toMatchObject({ listed: 40, loaded: 37, failed: 3 });

    const groups = jsonOf(await voxport('failures', '--json'));
    expect(groups).toMatchObject({
      total: 3,
      groups: [{ source_id: 'support', stage: 'fetch', error_class: 'invalid_request', count: 3, attempts: 3 }],
    });
    const [first] = await openFailures(context.database);
    const shown = await voxport('failures', 'show', String(first?.['failure_id']));
    expect(shown.stdout).toContain(String(first?.['conversation_id']));
    expect(shown.stdout).toContain('HTTP status   400');
    expect(
      await runQuery(
        context.database.kysely,
        `select attempts, last_error_class from voxport_ops.inventory where state = 'failed' group by 1, 2`,
      ),
    ).toEqual([{ attempts: 1, last_error_class: 'invalid_request' }]);

    await expect(voxport('failures', 'retry')).rejects.toThrow('--all');
    const nothing = await voxport('failures', 'retry', '--class', 'server_error', '--json');
    expect(jsonOf(nothing)).toMatchObject({ retried: 0 });
    expect(nothing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('No open failure is of that kind') });
    expect((await voxport('failures')).stdout).toContain('invalid_request');

    // Not fixed yet: the retry opens the same failures again, and their attempts continue.
    expect(jsonOf(await voxport('failures', 'retry', '--class', 'invalid_request', '--json'))).toMatchObject({
      retried: 3,
      conversations: 3,
    });
    expect(await openFailures(context.database)).toEqual([]);
    await syncOnce(context);
    expect(await openFailures(context.database)).toMatchObject([
      { attempts: 2, retries: 1 },
      { attempts: 2, retries: 1 },
      { attempts: 2, retries: 1 },
    ]);

    simulator.setFaults([]);
    await voxport('failures', 'retry', '--class', 'invalid_request');
    await syncOnce(context);
    expect(await openFailures(context.database)).toEqual([]);
    expect(
      await runQuery(
        context.database.kysely,
        'select resolution, retries, count(*) from voxport_ops.failures group by 1, 2',
      ),
    ).toEqual([{ resolution: 'retried', retries: 2, count: 3 }]);
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(40);
    expect(
      await runQuery(
        context.database.kysely,
        `select kind, state from voxport_ops.runs where kind = 'retry' order by run_id`,
      ),
    ).toEqual([
      { kind: 'retry', state: 'finished_with_failures' },
      { kind: 'retry', state: 'finished' },
    ]);
  });

  test('a payload that cannot be loaded is kept, shown as it came, and loaded again after the fix without a request', async () => {
    await using parts = await openParts(openQueueStore, 12);
    const { simulator, context, voxport } = parts;
    const { kysely } = context.database;
    const id = simulator.conversationIdAt(5);
    // Whole as to what every answer has, but nobody's: it has no id.
    const body = { odd: 'ü', status: 'done', transcript: Array.from({ length: 100 }, () => ({})), metadata: {} };
    simulator.setFaults([
      { match: { endpoint: 'detail', conversationId: id }, action: { do: 'status', status: 200, body } },
    ]);
    expect((await syncOnce(context)).counts).toMatchObject({ loaded: 11, failed: 1 });
    const [failure] = await openFailures(context.database);
    expect(failure).toMatchObject({ stage: 'load', error_class: 'unusable_payload', conversation_id: id });
    const number = String(failure?.['failure_id']);
    expect(jsonOf(await voxport('failures', 'show', number, '--payload', '--json'))).toMatchObject({
      payload: JSON.stringify(body),
    });

    await voxport('failures', 'retry', '--id', number);
    await syncOnce(context);
    expect(await openFailures(context.database)).toMatchObject([{ failure_id: failure?.['failure_id'], attempts: 2 }]);

    simulator.setFaults([]);
    simulator.resetStats();
    const repaired = Buffer.from(simulator.detailText(id) ?? '');
    // Stands for a fixed mapping: the same payload can be read now.
    await runQuery(
      kysely,
      `update voxport_raw.payloads set body = '\\x${repaired.toString('hex')}', encoding = 'identity', size_bytes = ${repaired.length} where state = 'failed'`,
    );
    await voxport('failures', 'retry', '--stage', 'load');
    await syncOnce(context);
    expect(await openFailures(context.database)).toEqual([]);
    expect(simulator.stats().requests['detail']).toBeUndefined();
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(12);
  });

  test('a window that could not be listed continues at its checkpoint when it is retried', async () => {
    await using parts = await openParts(openQueueStore, 350);
    const { simulator, context, voxport } = parts;
    simulator.setFaults([
      {
        match: { endpoint: 'list', hasCursor: true, nth: 2 },
        action: { do: 'status', status: 400, body: { detail: { code: 'invalid_parameters', message: 'no' } } },
      },
    ]);
    // An unbounded backfill is one window: pages 0 and 1 are listed, page 2 is refused.
    const { runToEnd } = await import('../export/run-to-end.ts');
    const range = { after: null, before: new Date('2026-10-02T00:00:00Z') };
    const result = await runToEnd(
      context,
      { kind: 'backfill', range, filters: {}, plan: (planner, runId) => planner.planBackfill(runId, range, {}) },
      new AbortController().signal,
    );
    expect(result.counts).toMatchObject({ listed: 200, loaded: 200, windowsFailed: 1 });
    simulator.setFaults([]);
    simulator.resetStats();
    expect(jsonOf(await voxport('failures', 'retry', '--all', '--json'))).toMatchObject({ retried: 1, windows: 1 });
    expect(
      await runQuery(
        context.database.kysely,
        'select cursor is not null as kept, next_page, state from voxport_ops.windows',
      ),
    ).toEqual([{ kept: true, next_page: 2, state: 'open' }]);
    await syncOnce(context);
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(350);
    expect(await openFailures(context.database)).toEqual([]);
  });
});

describeOnOneQueue('failures discard', (openQueueStore) => {
  test('closes what it is told to, and nothing without a filter', async () => {
    await using parts = await openParts(openQueueStore, 3);
    const { simulator, context, voxport } = parts;
    simulator.setFaults([
      { match: { endpoint: 'detail' }, action: { do: 'status', status: 400, body: { detail: 'no' } } },
    ]);
    await syncOnce(context);
    await expect(voxport('failures', 'discard')).rejects.toThrow('--all');
    expect(jsonOf(await voxport('failures', 'discard', '--until', '2020-01-01', '--json'))).toEqual({ discarded: 0 });
    expect(jsonOf(await voxport('failures', 'discard', '--all', '--json'))).toEqual({ discarded: 3 });
    expect(await openFailures(context.database)).toEqual([]);
    expect((await voxport('failures')).stdout).toBe('No open failures.');
  });

  test('an answer that came with a fetch failure is kept as evidence, and not loaded', async () => {
    await using parts = await openParts(openQueueStore, 1);
    const { simulator, context, voxport } = parts;
    const { kysely } = context.database;
    await syncOnce(context);
    const conversationId = simulator.conversationIdAt(0);
    await failConversation(kysely, {
      sourceId: 'support',
      stage: 'fetch',
      conversationId,
      generation: 1,
      windowId: null,
      runId: null,
      code: 'malformed_response',
      message: 'no JSON\u0000',
      status: 200,
      attempts: 8,
      body: Buffer.from('<html>'),
    });
    const [failure] = await openFailures(context.database);
    expect(failure).toMatchObject({ attempts: 8, message: 'no JSON\uFFFD' });
    expect((await voxport('failures', 'show', String(failure?.['failure_id']), '--payload')).stdout).toMatch(/<html>$/);
    expect(await runQuery(kysely, 'select state, count(*) from voxport_raw.payloads group by 1 order by 1')).toEqual([
      { state: 'failed', count: 1 },
      { state: 'loaded', count: 1 },
    ]);
  });
});
