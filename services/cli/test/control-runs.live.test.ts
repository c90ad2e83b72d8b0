import { eventually } from '@voxport/testkit';
import { runQuery } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { describeOnBothQueues } from './export-parts.ts';
import { runCommandIn } from './run-command.ts';
import {
  conversationCount,
  whole,
  secondHalf,
  openStage,
  startFleet,
  json,
  ended,
  asked,
  loadedCount,
  expectLiveWork,
} from './control-stage.ts';
import { startService } from './voxport.ts';

describeOnBothQueues('a run that is controlled', (openQueueStore) => {
  test('sends nothing while it is paused, through a killed worker, while live calls come in, and continues where it stopped', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, database, env } = stage;
    const { worker } = await startFleet(env);
    const runId = Number((await json(['backfill', ...whole, '--detach'], env))['run_id']);
    await eventually(() => asked(stage) > 24, { what: 'the backfill to be under way' });

    expect(await json(['runs', 'pause', String(runId)], env)).toEqual({
      run_id: runId,
      state: 'paused',
      changed: true,
    });
    await eventually(() => simulator.stats().inFlight === 0, { what: 'what is in flight to end' });
    const askedBefore = asked(stage);
    const pagesBefore = (await json(['runs', 'show', String(runId)], env))['pages'];
    expect(askedBefore).toBeLessThan(conversationCount);
    await expectLiveWork(stage);
    expect(asked(stage)).toBe(askedBefore);

    // Whoever comes new finds its jobs in the queue and settles them.
    worker.kill('SIGKILL');
    await startService('worker', env).waitForLine(/is up/u);
    await expectLiveWork(stage);
    await expectLiveWork(stage);
    expect(asked(stage)).toBe(askedBefore);
    expect(await json(['runs', 'list', '--open', '--kind', 'backfill'], env)).toMatchObject({
      runs: [{ run_id: runId, state: 'paused', pages: pagesBefore, is_interrupted: false }],
    });

    simulator.setLimits({ latencyMs: 5 });
    expect(await json(['runs', 'resume', String(runId)], env)).toMatchObject({ changed: true, worked_on_by: 'fleet' });
    await ended(database, runId);
    expect(await loadedCount(database)).toBe(conversationCount + 3);
    // Asked for once, but for what the killed worker had in flight: it was idle.
    expect(asked(stage)).toBe(conversationCount);
    expect(await json(['runs', 'show', String(runId)], env)).toMatchObject({
      state: 'finished',
      counts: { listed: conversationCount, loaded: conversationCount, failed: 0, cancelled: 0 },
      paused_at: null,
    });
  }, 120_000);

  test('is cancelled for good while its worker is dead: its jobs are settled, and what another run wants is fetched', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, database, env } = stage;
    const { worker } = await startFleet(env);
    const first = Number((await json(['backfill', ...whole, '--detach'], env))['run_id']);
    const second = Number((await json(['backfill', ...secondHalf, '--detach'], env))['run_id']);
    await eventually(() => asked(stage) > 24, { what: 'the backfills to be under way' });
    await json(['runs', 'pause', String(second)], env);
    worker.kill('SIGKILL');
    await worker.exited;

    expect(await json(['runs', 'cancel', String(first)], env)).toEqual({
      run_id: first,
      state: 'cancelled',
      changed: true,
    });
    const askedBefore = asked(stage);
    await startService('worker', env).waitForLine(/is up/u);
    await expectLiveWork(stage);
    expect(asked(stage)).toBe(askedBefore);

    simulator.setLimits({ latencyMs: 5 });
    await json(['runs', 'resume', String(second)], env);
    await ended(database, second);
    const days = await runQuery(
      database.kysely,
      `select count(*) filter (where started_at >= '2026-09-16' and started_at < '2026-10-02') as second_half, count(*) as all from voxport.conversations`,
    );
    const inSecondHalf = Number(
      (await runQuery(database.kysely, `select listed from voxport_ops.runs where run_id = ${second}`))[0]?.['listed'],
    );
    expect(Number(days[0]?.['second_half'])).toBe(inSecondHalf);
    expect(Number(days[0]?.['all'])).toBeLessThan(conversationCount);
    expect(await json(['runs', 'show', String(first)], env)).toMatchObject({ state: 'cancelled', windows_open: 0 });
    expect((await runCommandIn(env, ['runs', 'resume', String(first)])).exitCode).toBe(1);

    // Nothing is lost for ever: whoever lists it next fetches it.
    const third = Number((await json(['backfill', ...whole, '--detach'], env))['run_id']);
    await ended(database, third);
    expect(await loadedCount(database)).toBe(conversationCount + 1);
  }, 120_000);
});
