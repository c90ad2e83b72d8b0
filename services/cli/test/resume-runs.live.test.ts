import { eventually } from '@voxport/testkit';
import { registerSource, requestRun } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import { describeOnBothQueues, describeOnOneQueue } from './export-parts.ts';
import { jsonOf } from './make-run-command.ts';
import { runCommandIn } from './run-command.ts';
import { conversationCount, whole, openStage, json, asked } from './control-stage.ts';
import { startVoxport } from './voxport.ts';

describeOnBothQueues('a backfill of a command', (openQueueStore) => {
  test('that was killed is told to be interrupted, and continues in the process that resumes it', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, database, env } = stage;
    const killed = startVoxport(['backfill', ...whole], env);
    await eventually(() => asked(stage) > 24, { what: 'the backfill to be under way' });
    killed.kill('SIGKILL');
    await killed.exited;
    const listedBefore = simulator.stats().requests['list']?.['200'] ?? 0;
    const [run] = await eventually(
      async () => {
        const { runs } = (await json(['runs', 'list', '--open'], env)) as { runs: Record<string, unknown>[] };
        return runs[0]?.['is_interrupted'] === true ? runs : null;
      },
      { what: 'the run to be interrupted' },
    );
    const runId = Number(run!['run_id']);
    const text = (await runCommandIn(env, ['runs'])).stdout;
    expect(text).toMatch(/interrupted/u);
    expect(text).toContain(`voxport runs resume ${runId}`);

    simulator.setLimits({ latencyMs: 5 });
    expect(await json(['runs', 'resume', String(runId)], env)).toMatchObject({
      run_id: runId,
      state: 'finished',
      listed: conversationCount,
      loaded: conversationCount,
      failed: 0,
    });
    expect(asked(stage)).toBeLessThanOrEqual(conversationCount + 16);
    // It continued at its cursors: a listing of the whole would be a page a window and more.
    const listedAfter = (simulator.stats().requests['list']?.['200'] ?? 0) - listedBefore;
    expect(listedAfter).toBeLessThanOrEqual(9);
    expect(await expectTablesToEqualTruth(database, simulator.truths(), 'support')).toBe(conversationCount);
  });

  test('that was interrupted continues when the same backfill is called for again, killed or ended by Ctrl-C', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, env } = stage;
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const before = asked(stage);
      const interrupted = startVoxport(['backfill', ...whole], env);
      await eventually(() => asked(stage) > before + 24, { what: 'the backfill to be under way' });
      interrupted.kill(signal);
      await interrupted.exited;
    }
    simulator.setLimits({ latencyMs: 5 });
    const again = await runCommandIn(env, ['backfill', ...whole, '--json']);
    expect(jsonOf(again)).toMatchObject({ run_id: 1, listed: conversationCount, loaded: conversationCount });
    expect(again.stderr).toContain('Run 1 is the same backfill and was interrupted');
    expect(asked(stage)).toBeLessThanOrEqual(conversationCount + 32);
    // It has ended: the next one is a run of its own, and finds nothing to do.
    expect(await json(['backfill', ...whole], env)).toMatchObject({
      run_id: 2,
      fetched: 0,
      unchanged: conversationCount,
    });
  });

  test('is paused and cancelled from another terminal than the one it runs in', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, env } = stage;
    // Half a minute and more of work: each command takes its time to start.
    simulator.setLimits({ latencyMs: 1000 });
    const backfill = startVoxport(['backfill', ...whole, '--json'], env);
    await eventually(() => asked(stage) > 24, { what: 'the backfill to be under way' });
    await json(['runs', 'pause', '1'], env);
    await eventually(() => simulator.stats().inFlight === 0, { what: 'what is in flight to end' });
    const askedBefore = asked(stage);
    expect(await json(['runs', 'resume', '1'], env)).toMatchObject({ changed: true, worked_on_by: 'command' });
    await eventually(() => asked(stage) > askedBefore + 8, { what: 'the backfill to continue' });
    await json(['runs', 'cancel', '1'], env);
    expect(await backfill.exited).toEqual({ code: 1, signal: null });
    const result = JSON.parse(backfill.stdout[0]!) as Record<string, number>;
    expect(result).toMatchObject({ run_id: 1, state: 'cancelled', failed: 0 });
    expect(result['loaded']).toBeLessThan(conversationCount);
  });
});

describeOnOneQueue('a backfill', (openQueueStore) => {
  test('that was asked for on the page, and that no scheduler has planned, is planned and done by the process that resumes it', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, database, env } = stage;
    simulator.setLimits({ latencyMs: 5 });
    const range = { after: new Date('2026-09-01T00:00:00Z'), before: new Date('2026-10-02T00:00:00Z') };
    await registerSource(database.kysely, { sourceId: 'support', dialect: 'elevenlabs', baseUrl: simulator.url });
    const [runId] = await requestRun(database.kysely, {
      sourceIds: ['support'],
      request: { kind: 'backfill', range, filters: {} },
    });
    expect(await json(['runs', 'resume', String(runId)], env)).toMatchObject({
      run_id: runId,
      state: 'finished',
      loaded: conversationCount,
    });
  });
});
