import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultApiKey as key, type Simulator } from '@voxport/simulator';
import { eventually, type StartedProcess } from '@voxport/testkit';
import { runQuery, type Database } from '@voxport/warehouse';
import type { OpenQueueStore } from './export-parts.ts';
import { jsonOf } from './make-run-command.ts';
import { runCommandIn } from './run-command.ts';
import { openDatabase, simulate, startService, temporaryDirectory, warehouseUrl, type Environment } from './voxport.ts';

/** The history of each stage. */
export const conversationCount = 300;
export const whole = ['--from', '2026-09-01', '--to', '2026-10-02'];
export const secondHalf = ['--from', '2026-09-16', '--to', '2026-10-02'];

interface Stage extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly database: Database;
  readonly env: Environment;
  /** Ids of the history: what a backfill exports, and no sync does. */
  readonly history: readonly string[];
}

/**
 * A source with a month of history, of which the fleet's own syncs list only what is newer, and a slow API that counts
 * what it is asked for.
 */
export async function openStage(openQueueStore: OpenQueueStore): Promise<Stage> {
  const store = await openQueueStore();
  const simulator = await simulate({
    conversationCount,
    turnsPerConversation: 4,
    requestsInFlightMax: 8,
    latencyMs: 600,
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

/** Worker, loader and scheduler, each a process of its own; the worker may be killed. */
export async function startFleet(env: Environment): Promise<{ worker: StartedProcess }> {
  const [worker, ...others] = (['worker', 'loader', 'scheduler'] as const).map((name) => startService(name, env));
  for (const one of [worker!, ...others]) await one.waitForLine(/is up/u);
  return { worker: worker! };
}

/** The one JSON object that a command answers, which runs in this process: it starts at once. */
export async function json(args: readonly string[], env: Environment): Promise<Record<string, unknown>> {
  return jsonOf(await runCommandIn(env, [...args, '--json']));
}

const stateOf = async (database: Database, runId: number): Promise<unknown> =>
  (await runQuery(database.kysely, `select state from voxport_ops.runs where run_id = ${runId}`))[0]?.['state'];

/** Waits until a run has finished. */
export const ended = (database: Database, runId: number): Promise<unknown> =>
  eventually(async () => (await stateOf(database, runId)) === 'finished', {
    what: `run ${runId} to end`,
  });

/** Detail requests for the history so far. */
export const asked = ({ simulator, history }: Stage): number =>
  history.reduce((sum, id) => sum + (simulator.stats().detailRequests.get(id) ?? 0), 0);

/** Conversations in the tables. */
export async function loadedCount({ kysely }: Database): Promise<number> {
  return Number((await runQuery(kysely, 'select count(*) from voxport.conversations'))[0]?.['count']);
}

/** A call of now comes in, and is loaded by the fleet's own sync: work of other runs continues. */
export async function expectLiveWork({ simulator, database }: Stage): Promise<void> {
  const [id] = simulator.addConversations(1);
  await eventually(
    async () =>
      (await runQuery(database.kysely, `select 1 from voxport.conversations where conversation_id = '${id!}'`)).length >
      0,
    { what: 'the new call to be loaded' },
  );
}
