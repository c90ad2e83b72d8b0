import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultApiKey as key, type Simulator } from '@voxport/simulator';
import { eventually, type StartedProcess } from '@voxport/testkit';
import { runQuery, type Database } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import { describeOnBothQueues, type OpenQueueStore } from './export-parts.ts';
import {
  openDatabase,
  runVoxport,
  simulate,
  startService,
  startVoxport,
  temporaryDirectory,
  warehouseUrl,
  type Environment,
} from './voxport.ts';

const conversationCount = 300;
const whole = ['--from', '2026-09-01', '--to', '2026-10-02'];
const secondHalf = ['--from', '2026-09-16', '--to', '2026-10-02'];

interface Stage extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly database: Database;
  readonly env: Environment;
  /** Ids of the history: what a backfill exports, and no sync does. */
  readonly history: readonly string[];
}

/** A source with a month of history, of which the fleet's own syncs list only what is newer, and a slow API that counts what it is asked for. */
async function openStage(openQueueStore: OpenQueueStore): Promise<Stage> {
  const store = await openQueueStore();
  const simulator = await simulate({
    conversationCount,
    turnsPerConversation: 4,
    requestsInFlightMax: 8,
    latencyMs: 250,
    countsDetailRequests: true,
  });
  const url = await warehouseUrl();
  const directory = await temporaryDirectory();
  const config = join(directory, 'sources.yaml');
  await writeFile(
    config,
    `sources:
  - name: support
    base_url: ${simulator.url}
    api_key_env: SUPPORT_KEY
    since: 2026-10-03
    schedule: 1s
    refresh: []
    concurrency: { start: 8, max: 8 }
    verify: off
`,
  );
  return {
    simulator,
    database: await openDatabase(url),
    env: { DATABASE_URL: url, QUEUE_URL: store.queueUrl ?? url, VOXPORT_CONFIG: config, SUPPORT_KEY: key },
    history: Array.from({ length: conversationCount }, (_, index) => simulator.conversationIdAt(index)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function startFleet(env: Environment): Promise<{ worker: StartedProcess }> {
  const [worker, ...others] = (['worker', 'loader', 'scheduler'] as const).map((name) => startService(name, env));
  for (const one of [worker!, ...others]) await one.waitForLine(/is up/u);
  return { worker: worker! };
}

async function json(args: readonly string[], env: Environment): Promise<Record<string, unknown>> {
  const ended = await runVoxport([...args, '--json'], env);
  expect(ended.stdout, ended.stderr.join('\n')).toHaveLength(1);
  return JSON.parse(ended.stdout[0]!) as Record<string, unknown>;
}

const stateOf = async (database: Database, runId: number): Promise<unknown> =>
  (await runQuery(database.kysely, `select state from voxport_ops.runs where run_id = ${runId}`))[0]?.['state'];

const ended = (database: Database, runId: number): Promise<unknown> =>
  eventually(async () => (await stateOf(database, runId)) === 'finished', {
    what: `run ${runId} to end`,
    timeoutMs: 40_000,
  });

/** Detail requests for the history so far. */
const asked = ({ simulator, history }: Stage): number =>
  history.reduce((sum, id) => sum + (simulator.stats().detailRequests.get(id) ?? 0), 0);

async function loadedCount({ kysely }: Database): Promise<number> {
  return Number((await runQuery(kysely, 'select count(*) from voxport.conversations'))[0]?.['count']);
}

/** A call of now comes in, and is loaded by the fleet's own sync: work of other runs goes on. */
async function expectLiveWork({ simulator, database }: Stage): Promise<void> {
  const [id] = simulator.addConversations(1);
  await eventually(
    async () =>
      (await runQuery(database.kysely, `select 1 from voxport.conversations where conversation_id = '${id!}'`)).length >
      0,
    { what: 'the new call to be loaded', timeoutMs: 30_000 },
  );
}

describeOnBothQueues('a run that is steered', (openQueueStore) => {
  test('sends nothing while it is paused, through a killed worker, while live calls come in, and goes on where it stopped', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, database, env } = stage;
    const { worker } = await startFleet(env);
    const runId = Number((await json(['backfill', ...whole, '--detach'], env))['run_id']);
    await eventually(() => asked(stage) > 40, { what: 'the backfill to be under way', timeoutMs: 45_000 });

    expect(await json(['runs', 'pause', String(runId)], env)).toEqual({
      run_id: runId,
      state: 'paused',
      changed: true,
    });
    await eventually(() => simulator.stats().inFlight === 0, { what: 'what is in flight to end' });
    const askedBefore = asked(stage);
    const pagesBefore = (await json(['runs', 'show', String(runId)], env))['pages'];
    expect(askedBefore).toBeLessThan(conversationCount / 2);
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
    await eventually(() => asked(stage) > 40, { what: 'the backfills to be under way', timeoutMs: 45_000 });
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
    expect((await runVoxport(['runs', 'resume', String(first)], env)).code).toBe(1);

    // Nothing is lost for ever: whoever lists it next fetches it.
    const third = Number((await json(['backfill', ...whole, '--detach'], env))['run_id']);
    await ended(database, third);
    expect(await loadedCount(database)).toBe(conversationCount + 1);
  }, 120_000);

  test('that was killed is told to be interrupted, and goes on in the process that resumes it', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, database, env } = stage;
    const killed = startVoxport(['backfill', ...whole], env);
    await eventually(() => asked(stage) > 40, { what: 'the backfill to be under way', timeoutMs: 45_000 });
    killed.kill('SIGKILL');
    await killed.exited;
    const listedBefore = simulator.stats().requests['list']?.['200'] ?? 0;
    const [run] = await eventually(
      async () => {
        const { runs } = (await json(['runs', 'list', '--open'], env)) as { runs: Record<string, unknown>[] };
        return runs[0]?.['is_interrupted'] === true ? runs : null;
      },
      { what: 'the run to be interrupted', timeoutMs: 20_000 },
    );
    const runId = Number(run!['run_id']);
    const text = (await runVoxport(['runs'], env)).stdout.join('\n');
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
    // It went on at its cursors: a listing of the whole would be a page a window and more.
    const listedAfter = (simulator.stats().requests['list']?.['200'] ?? 0) - listedBefore;
    expect(listedAfter).toBeLessThanOrEqual(9);
    expect(await expectTablesToEqualTruth(database, simulator.truths(), 'support')).toBe(conversationCount);
  }, 120_000);

  test('that was interrupted goes on when the same backfill is called for again, killed or ended by Ctrl-C', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, env } = stage;
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const before = asked(stage);
      const interrupted = startVoxport(['backfill', ...whole], env);
      await eventually(() => asked(stage) > before + 40, { what: 'the backfill to be under way', timeoutMs: 45_000 });
      interrupted.kill(signal);
      await interrupted.exited;
    }
    simulator.setLimits({ latencyMs: 5 });
    const { stderr, stdout } = await runVoxport(['backfill', ...whole, '--json'], env);
    expect(JSON.parse(stdout[0]!)).toMatchObject({ run_id: 1, listed: conversationCount, loaded: conversationCount });
    expect(stderr.join('\n')).toContain('Run 1 is the same backfill and was interrupted');
    expect(asked(stage)).toBeLessThanOrEqual(conversationCount + 32);
    // It has ended: the next one is a run of its own, and finds nothing to do.
    expect(await json(['backfill', ...whole], env)).toMatchObject({
      run_id: 2,
      fetched: 0,
      unchanged: conversationCount,
    });
  }, 120_000);

  test('is paused and cancelled from another terminal than the one it runs in', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, env } = stage;
    const backfill = startVoxport(['backfill', ...whole, '--json'], env);
    await eventually(() => asked(stage) > 40, { what: 'the backfill to be under way', timeoutMs: 45_000 });
    await json(['runs', 'pause', '1'], env);
    await eventually(() => simulator.stats().inFlight === 0, { what: 'what is in flight to end' });
    const askedBefore = asked(stage);
    expect(await json(['runs', 'resume', '1'], env)).toMatchObject({ changed: true, worked_on_by: 'command' });
    await eventually(() => asked(stage) > askedBefore + 20, { what: 'the backfill to go on', timeoutMs: 20_000 });
    await json(['runs', 'cancel', '1'], env);
    expect(await backfill.exited).toEqual({ code: 1, signal: null });
    const result = JSON.parse(backfill.stdout[0]!) as Record<string, number>;
    expect(result).toMatchObject({ run_id: 1, state: 'cancelled', failed: 0 });
    expect(result['loaded']).toBeLessThan(conversationCount);
  }, 120_000);
});

describeOnBothQueues('two backfills that overlap', (openQueueStore) => {
  test('at once, each in a process of its own, fetch every conversation once between them', async () => {
    await using stage = await openStage(openQueueStore);
    const { simulator, database, env } = stage;
    simulator.setLimits({ latencyMs: 30 });
    const both = await Promise.all([json(['backfill', ...whole], env), json(['backfill', ...secondHalf], env)]);
    expect(both).toMatchObject([
      { state: 'finished', failed: 0 },
      { state: 'finished', failed: 0 },
    ]);
    expect(asked(stage)).toBe(conversationCount);
    expect(Math.max(...simulator.stats().detailRequests.values())).toBe(1);
    const sum = (name: string): number => both.reduce((total, run) => total + Number(run[name]), 0);
    expect(sum('loaded')).toBe(conversationCount);
    expect(sum('listed')).toBe(sum('loaded') + sum('unchanged'));
    expect(await expectTablesToEqualTruth(database, simulator.truths(), 'support')).toBe(conversationCount);
  }, 120_000);
});
