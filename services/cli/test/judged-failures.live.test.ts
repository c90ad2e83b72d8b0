import type { Fault } from '@voxport/simulator';
import { readSource } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { describeOnOneQueue, syncOnce } from './export-parts.ts';
import { openExport, servedIds } from './open-export.ts';

const simulator = { conversationCount: 60, seed: 31, latencyMs: 5 };

const refusals: readonly (readonly [string, number, object, string])[] = [
  ['403', 403, { detail: { code: 'insufficient_permissions', message: 'No' } }, 'forbidden'],
  ['401', 401, { detail: { code: 'unauthorized', message: 'No' } }, 'unauthorized'],
  ['402', 402, { detail: { code: 'payment_required', message: 'No' } }, 'payment_required'],
  ['a quota', 401, { detail: { status: 'quota_exceeded', message: 'No' } }, 'quota_exceeded'],
];

describeOnOneQueue('one conversation that is refused', (openQueueStore) => {
  test.each(refusals)(
    'with %s is its own failure: the sync ends, says so, and the next one starts',
    async (_what, status, body, code) => {
      await using parts = await openExport({ simulator, openQueueStore });
      const [id] = (await servedIds(parts)).slice(10);
      parts.simulator.setFaults([
        { match: { endpoint: 'detail', conversationId: id! }, action: { do: 'status', status, body } },
      ]);
      const first = await parts.voxport('sync', '--json');
      expect(first.exitCode).toBe(1);
      expect(JSON.parse(first.stdout)).toMatchObject({
        state: 'finished_with_failures',
        listed: 60,
        loaded: 59,
        failed: 1,
      });
      expect(
        await parts.query(
          'select conversation_id, stage, error_class, http_status, attempts from voxport_ops.failures',
        ),
      ).toEqual([{ conversation_id: id, stage: 'fetch', error_class: code, http_status: status, attempts: 1 }]);
      expect((await readSource(parts.context.database.kysely, 'support'))?.pausedAt).toBeNull();
      const failures = await parts.voxport('failures', '--json');
      expect(failures.stdout).toContain(code);
      expect((await syncOnce(parts.context)).counts).toMatchObject({ listed: 60, pending: 0, windowsOpen: 0 });
    },
  );
});

describeOnOneQueue('a few conversations that cannot be had', (openQueueStore) => {
  test('are their own dead letters after their attempts, and no outage', async () => {
    await using parts = await openExport({ simulator, openQueueStore });
    const [error, cut, other] = (await servedIds(parts)).slice(10);
    const faults: Fault[] = [
      { match: { endpoint: 'detail', conversationId: error! }, action: { do: 'status', status: 500, body: {} } },
      { match: { endpoint: 'detail', conversationId: cut! }, action: { do: 'truncate' } },
      { match: { endpoint: 'detail', conversationId: other! }, action: { do: 'html', status: 403 } },
    ];
    parts.simulator.setFaults(faults);
    const { counts } = await syncOnce(parts.context);
    expect(counts).toMatchObject({ listed: 60, loaded: 57, failed: 3, pending: 0 });
    expect(await parts.query(`select error_class, attempts from voxport_ops.failures order by error_class`)).toEqual([
      { error_class: expect.stringMatching(/connection|malformed_response/), attempts: 8 },
      { error_class: 'not_the_api', attempts: 8 },
      { error_class: 'server_error', attempts: 8 },
    ]);
  }, 180_000);

  test('one that asks to be left alone for a day is waited for once, as long as retry_after_max, and then no more', async () => {
    await using parts = await openExport({ simulator, openQueueStore, source: { retryAfterMaxSecs: 2 } });
    const [id] = (await servedIds(parts)).slice(10);
    const headers = { 'retry-after': '86400' };
    parts.simulator.setFaults([
      {
        name: 'later',
        match: { endpoint: 'detail', conversationId: id! },
        action: { do: 'status', status: 503, body: {}, headers },
      },
    ]);
    const startedMs = performance.now();
    expect((await syncOnce(parts.context)).counts).toMatchObject({ loaded: 59, failed: 1, pending: 0 });
    expect(performance.now() - startedMs).toBeGreaterThan(2000);
    expect(parts.simulator.stats().faultsPlayed['later']).toBe(2);
  });
});
