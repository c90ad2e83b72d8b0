import { makeUniverse, pastMonth, type SimulatorOptions } from '@voxport/simulator';
import { createTestLogin, createTestRedis, describeWithRedis, eventually, type StartedProcess } from '@voxport/testkit';
import { runQuery, type Database } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import { openDatabase, runVoxport, startService, startSimulatorProcess, warehouseUrl } from './voxport.ts';

const conversationCount = 2000;
const apiKey = 'fleet-key';
/**
 * The same settings for the simulator in its process and for the truth in this one. Short calls: this is about many,
 * not about large ones.
 */
const settings = {
  conversationCount,
  seed: 21,
  turnsPerConversation: 4,
  apiKey,
  ...pastMonth,
} satisfies SimulatorOptions;

async function countOf({ kysely }: Database, query: string): Promise<number> {
  return Number((await runQuery(kysely, query))[0]?.['count']);
}

/** The runs that have ended, once as many as are waited for have. */
function endedRuns({ kysely }: Database, kind: string, count: number): Promise<Record<string, unknown>[]> {
  const query = `select run_id, state, listed, fetched, loaded, unchanged, failed from voxport_ops.runs
    where kind = '${kind}' and state <> 'running' order by run_id`;
  return eventually(
    async () => {
      const rows = await runQuery(kysely, query);
      return rows.length >= count ? rows : null;
    },
    { what: `${count} runs of kind ${kind} to end` },
  );
}

async function endedByTerm(processes: readonly StartedProcess[]): Promise<(number | null)[]> {
  for (const one of processes) one.kill('SIGTERM');
  return Promise.all(processes.map(async (one) => (await one.exited).code));
}

describeWithRedis('a fleet of processes on Redis', () => {
  test('exports each conversation exactly once, planned by a command and by its own schedule, and ends in order', async () => {
    const range = `--start ${pastMonth.startUnixSecs} --end ${pastMonth.endUnixSecs}`;
    const world = `--count ${conversationCount} --seed ${settings.seed} --turns 4 --key ${apiKey}`;
    const simulator = await startSimulatorProcess(`${world} ${range} --in-flight 40`.split(' '));
    await using redis = await createTestRedis();
    const ownerUrl = await warehouseUrl();
    const env = {
      // As in production: commands and services work with rows, and own nothing.
      DATABASE_URL: await createTestLogin(ownerUrl, 'voxport_app'),
      QUEUE_URL: redis.url,
      ELEVENLABS_API_KEY: apiKey,
      ELEVENLABS_BASE_URL: simulator.url,
      LOG_LEVEL: 'info',
    };
    const database = await openDatabase(ownerUrl);

    // Planned before anybody works: a fleet starts in any order.
    const planned = await runVoxport(
      ['backfill', '--from', '2026-09-01', '--to', '2026-10-02', '--detach', '--json'],
      env,
    );
    expect(planned, planned.stderr.join('\n')).toMatchObject({ code: 0 });
    expect(JSON.parse(planned.stdout.join(''))).toMatchObject({ sources: ['elevenlabs'], detached: true });

    const fleet = (['worker', 'worker', 'loader', 'loader', 'scheduler'] as const).map((name) =>
      startService(name, env),
    );
    for (const one of fleet) await one.waitForLine(/is up/u);
    // The sync that the scheduler starts by itself lists the same calls at the same time.
    const ended = [...(await endedRuns(database, 'backfill', 1)), ...(await endedRuns(database, 'sync', 1))];
    for (const run of ended) expect(run).toMatchObject({ state: 'finished', failed: 0 });

    expect(await expectTablesToEqualTruth(database, makeUniverse(settings).truths(), 'elevenlabs')).toBe(
      conversationCount,
    );
    expect(await countOf(database, 'select count(*) from voxport_raw.payloads')).toBe(conversationCount);
    expect(await countOf(database, 'select count(*) from voxport_ops.failures')).toBe(0);

    // Once more, by the running fleet: everything is listed, and nothing is fetched or changed.
    const snapshot = 'select max(exported_at) as exported_at from voxport.conversations';
    const before = await runQuery(database.kysely, snapshot);
    await runVoxport(['backfill', '--from', '2026-09-01', '--to', '2026-10-02', '--detach'], env);
    const [, again] = await endedRuns(database, 'backfill', 2);
    expect(again).toMatchObject({ listed: conversationCount, fetched: 0, loaded: 0, unchanged: conversationCount });
    expect(await runQuery(database.kysely, snapshot)).toEqual(before);

    expect(await endedByTerm([...fleet, simulator.process])).toEqual([0, 0, 0, 0, 0, 0]);
    for (const one of fleet) expect(one.stderr.filter((line) => /"level":(50|60)/u.test(line))).toEqual([]);
  });
});
