import { eventually } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from '../../test/compare-with-truth.ts';
import { describeOnBothQueues, describeOnOneQueue, syncOnce, type OpenQueueStore } from '../../test/export-parts.ts';
import { openExport } from '../../test/open-export.ts';
import { jsonOf, makeRunCommand } from '../../test/make-run-command.ts';
import { startFleet } from '../../test/start-fleet.ts';
import type { SourceConfig } from '@voxport/runtime';

const range = ['--from', '2026-09-01', '--to', '2026-10-01'];

/** With a lookback of nothing: what verification finds is not found by a sync. */
function openParts(openQueueStore: OpenQueueStore, changes: Partial<SourceConfig> = {}) {
  const simulator = { conversationCount: 120, seed: 13 };
  return openExport({ simulator, openQueueStore, source: { lookbackSecs: 0, ...changes } });
}

/**
 * Does to a warehouse what must never happen, behind everybody's back: two missing, one out of date, one that the
 * source has deleted.
 */
async function damage({ simulator, query }: Awaited<ReturnType<typeof openParts>>) {
  const [lost, unknown, changed, deleted] = [5, 40, 77, 101].map((index) => simulator.conversationIdAt(index));
  await query(`delete from voxport.conversations where conversation_id in ('${lost}', '${unknown}')`);
  await query(`delete from voxport_ops.inventory where conversation_id = '${unknown}'`);
  simulator.updateConversation(changed!, { analysisRevision: 2 });
  await query(`update voxport_ops.inventory set list_fingerprint = 'older' where conversation_id = '${changed}'`);
  simulator.updateConversation(deleted!, { isDeleted: true });
  return { lost: lost!, unknown: unknown!, changed: changed!, deleted: deleted! };
}

describeOnOneQueue('verify', (openQueueStore) => {
  test('certifies a complete export, names every gap, heals them, and certifies again', async () => {
    await using parts = await openParts(openQueueStore);
    const { simulator, context, query, voxport } = parts;
    await syncOnce(context);
    const complete = await voxport('verify', ...range, '--json');
    expect(complete.exitCode).toBe(0);
    expect(jsonOf(complete)).toMatchObject({ listed: 120, present: 120, missing: 0, stale: 0, extra: 0, healed: 0 });

    const { lost, unknown, changed, deleted } = await damage(parts);
    const damaged = await voxport('verify', ...range, '--json');
    expect(damaged.exitCode).toBe(1);
    expect(jsonOf(damaged)).toMatchObject({ listed: 119, present: 116, missing: 2, stale: 1, extra: 1, healed: 0 });
    const [{ windows }] = jsonOf(damaged)['sources'] as [{ windows: Record<string, unknown>[] }];
    const named = (key: string): Set<unknown> => new Set(windows.flatMap((window) => window[key] as unknown[]));
    expect(named('missing_ids')).toEqual(new Set([lost, unknown]));
    expect(named('stale_ids')).toEqual(new Set([changed]));
    expect(named('extra_ids')).toEqual(new Set([deleted]));

    const healing = await voxport('verify', ...range, '--heal', '--json');
    expect(healing.exitCode).toBe(0);
    expect(jsonOf(healing)).toMatchObject({ missing: 2, stale: 1, extra: 1, healed: 4 });
    await syncOnce(context);
    expect(await query(`select conversation_id from voxport.conversations where deleted_at is not null`)).toEqual([
      { conversation_id: deleted },
    ]);
    await query(`delete from voxport.conversations where conversation_id = '${deleted}'`);
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(119);

    const healed = await voxport('verify', ...range, '--json');
    expect(healed.exitCode).toBe(0);
    expect(jsonOf(healed)).toMatchObject({ listed: 119, present: 119, missing: 0, stale: 0, extra: 0 });
    const [sums] = await query(
      `select count(*) as windows, sum(listed)::int4 as listed, sum(missing)::int4 as missing, sum(healed)::int4 as healed,
              bool_and(listed = present + pending + missing + stale) as adds_up, bool_and(requests > 0) as counted
       from voxport_ops.verifications`,
    );
    // September and a day: a window a day, four times.
    expect(sums).toEqual({ windows: 4 * 31, listed: 477, missing: 4, healed: 4, adds_up: true, counted: true });
    expect(await query(`select kind, state from voxport_ops.runs where kind = 'heal'`)).toEqual([
      { kind: 'heal', state: 'finished' },
    ]);
    expect(await query('select * from voxport_ops.workers'), 'the verifier has signed off').toEqual([]);
  });

  test('continues through refusals, expired cursors and broken answers', async () => {
    await using parts = await openParts(openQueueStore);
    const { simulator, context, voxport } = parts;
    await syncOnce(context);
    simulator.setFaults([
      { match: { endpoint: 'list', every: 5 }, action: { do: 'concurrent_limit' } },
      { match: { endpoint: 'list', every: 7 }, action: { do: 'html', status: 502 } },
      { match: { endpoint: 'list', hasCursor: true, nth: 1 }, action: { do: 'expire_cursor' } },
    ]);
    const answer = await voxport('verify', ...range, '--json');
    expect(jsonOf(answer)).toMatchObject({ listed: 120, present: 120, missing: 0, stale: 0, extra: 0 });
    expect(answer.exitCode).toBe(0);
  });
});

test('filters that were narrowed make nothing that lies outside of them extra', async () => {
  await using parts = await openParts(async () => ({ queueUrl: null, [Symbol.asyncDispose]: async () => {} }));
  const { simulator, config, context, query, voxport } = parts;
  await syncOnce(context);
  const [{ agent_id: agentId }] = (await query(
    'select agent_id, count(*) from voxport.conversations group by 1 order by 2 desc limit 1',
  )) as [{ agent_id: string }];
  const [{ count }] = (await query(
    `select count(*)::int4 from voxport.conversations where agent_id = '${agentId}'`,
  )) as [{ count: number }];
  expect(count).toBeLessThan(120);
  const narrowed = makeRunCommand({
    ...config,
    sources: config.sources.map((source) => ({ ...source, filters: { agent_id: agentId } })),
  });

  const healing = await narrowed('verify', ...range, '--heal', '--json');
  expect(healing.exitCode).toBe(0);
  expect(jsonOf(healing)).toMatchObject({ listed: count, present: count, missing: 0, stale: 0, extra: 0, healed: 0 });

  // What was listed with these filters and is no longer listed with them is extra all the same.
  expect((await narrowed('backfill', ...range, '--json')).exitCode).toBe(0);
  const [{ conversation_id: deleted }] = (await query(
    `select conversation_id from voxport.conversations where agent_id = '${agentId}' order by 1 limit 1`,
  )) as [{ conversation_id: string }];
  simulator.updateConversation(deleted, { isDeleted: true });
  expect(jsonOf(await narrowed('verify', ...range, '--json'))).toMatchObject({ listed: count - 1, extra: 1 });
  expect(jsonOf(await voxport('verify', ...range, '--json'))).toMatchObject({ listed: 119, extra: 1 });
});

describeOnBothQueues('a running fleet', (openQueueStore) => {
  test('verifies what is recent and a sample of the past by itself, and heals', async () => {
    await using parts = await openParts(openQueueStore, {
      schedule: { everySecs: 3600 },
      verify: { everySecs: 2, recentSecs: 86_400, sampleDays: 100, requestsPerDayMax: 500 },
    });
    const { simulator, context, query } = parts;
    await syncOnce(context);
    const { deleted } = await damage(parts);
    await using _ = await startFleet(context);
    await eventually(
      async () =>
        (await query(`select 1 from voxport.conversations where deleted_at is not null`)).length === 1 &&
        (await query(`select 1 from voxport.conversations`)).length === 120 &&
        // The one that has changed counts as loaded until its day is verified.
        (await query(`select 1 from voxport_ops.inventory where list_fingerprint = 'older'`)).length === 0 &&
        (await query(`select 1 from voxport_ops.inventory where state <> 'loaded'`)).length === 1,
      { what: 'the healing of all four' },
    );
    await query(`delete from voxport.conversations where conversation_id = '${deleted}'`);
    expect(await expectTablesToEqualTruth(context.database, simulator.truths(), 'support')).toBe(119);
  }, 60_000);
});
