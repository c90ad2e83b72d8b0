import { join } from 'node:path';
import { defaultApiKey as key, makeUniverse, pastMonth } from '@voxport/simulator';
import { createTestDatabase, eventually } from '@voxport/testkit';
import { connectDatabase, runQuery } from '@voxport/warehouse';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import {
  expectOneSentence,
  openDatabase,
  runVoxport,
  simulate,
  startVoxport,
  temporaryDirectory,
  warehouseUrl,
  type Environment,
} from './voxport.ts';

describe('voxport sync', () => {
  test('with --json prints one object and nothing else, and loads what the source served', async () => {
    const simulator = await simulate();
    const url = await warehouseUrl();
    const env = { ELEVENLABS_API_KEY: key, ELEVENLABS_BASE_URL: simulator.url, DATABASE_URL: url };
    const { code, stdout, stderr } = await runVoxport(['sync', '--json'], env);
    expect(stderr.join('\n')).not.toMatch(/error|warn/iu);
    expect(stdout).toHaveLength(1);
    const answer = JSON.parse(stdout[0]!) as Record<string, unknown>;
    expect(answer).toMatchObject({
      run_id: expect.any(Number),
      sources: ['elevenlabs'],
      windows: 1,
      pages: 2,
      listed: 120,
      fetched: 120,
      loaded: 120,
      unchanged: 0,
      failed: 0,
      duration_ms: expect.any(Number),
    });
    expect(code).toBe(0);
    const database = await openDatabase(url);
    expect(await expectTablesToEqualTruth(database, simulator.truths(), 'elevenlabs')).toBe(120);
  });

  test('ends with 1 when a conversation fails, which is recorded, and the others are loaded', async () => {
    const simulator = await simulate();
    const id = simulator.conversationIdAt(5);
    simulator.setFaults([
      {
        match: { endpoint: 'detail', conversationId: id },
        action: { do: 'status', status: 422, body: { detail: 'no' } },
      },
    ]);
    const url = await warehouseUrl();
    const env = { ELEVENLABS_API_KEY: key, ELEVENLABS_BASE_URL: simulator.url, DATABASE_URL: url };
    const { code, stdout } = await runVoxport(['sync', '--json'], env);
    expect(JSON.parse(stdout.join(''))).toMatchObject({ listed: 120, loaded: 119, failed: 1 });
    expect(code).toBe(1);
    const database = await openDatabase(url);
    expect(
      await runQuery(
        database.kysely,
        'select conversation_id, stage, error_class, http_status from voxport_ops.failures',
      ),
    ).toEqual([{ conversation_id: id, stage: 'fetch', error_class: 'invalid_request', http_status: 422 }]);
    const status = await runVoxport(['status'], env);
    expect(status.stdout.join('\n')).toMatch(/Open failures[\s\S]*invalid_request/u);
  });

  test('that is interrupted says that it can be gone on with, ends with 130, and the next one completes it', async () => {
    const simulator = await simulate({ conversationCount: 600, latencyMs: 15 });
    const url = await warehouseUrl();
    const env = { ELEVENLABS_API_KEY: key, ELEVENLABS_BASE_URL: simulator.url, DATABASE_URL: url };
    const database = await openDatabase(url);
    const interrupted = startVoxport(['sync', '--json'], env);
    const loaded = async (): Promise<number> =>
      Number((await runQuery(database.kysely, 'select count(*) from voxport.conversations'))[0]?.['count']);
    await eventually(async () => (await loaded()) > 0, { what: 'the first conversations' });
    interrupted.kill('SIGINT');
    expect(await interrupted.exited).toEqual({ code: 130, signal: null });
    expect(interrupted.stdout).toHaveLength(1);
    expect(JSON.parse(interrupted.stdout[0]!)).toMatchObject({
      state: 'interrupted',
      error: { error_class: 'interrupted' },
    });
    expect(interrupted.stderr.at(-1)).toMatch(/interrupted; run the command again and it continues where it stopped/u);
    expect(await loaded()).toBeLessThan(600);

    const fetchedBefore = Number(
      (
        await runQuery(
          database.kysely,
          "select count(*) from voxport_ops.inventory where state in ('fetched', 'loaded')",
        )
      )[0]?.['count'],
    );
    simulator.setLimits({ latencyMs: 0 });
    simulator.resetStats();
    const { code, stdout } = await runVoxport(['sync', '--json'], env);
    expect({ code, failed: (JSON.parse(stdout[0]!) as { failed: number }).failed }).toEqual({ code: 0, failed: 0 });
    expect(await expectTablesToEqualTruth(database, simulator.truths(), 'elevenlabs')).toBe(600);
    // What had come was not asked for again, but for the few answers that were under way.
    expect(simulator.stats().requests['detail']!['200']).toBeLessThanOrEqual(600 - fetchedBefore + 64);
    // The run that was interrupted is the one that was completed.
    expect(await runQuery(database.kysely, 'select state from voxport_ops.runs order by run_id')).toEqual([
      { state: 'finished' },
    ]);
  });
});

describe('voxport migrate', () => {
  test('creates the schemas once, when it is run twice and by two processes at once', async () => {
    await using created = await createTestDatabase();
    const env = { DATABASE_URL: created.url };
    const both = await Promise.all([runVoxport(['migrate'], env), runVoxport(['migrate'], env)]);
    expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: [] },
      { code: 0, stderr: [] },
    ]);
    const lines = both.map(({ stdout }) => stdout.join('\n')).toSorted();
    expect(lines[0]).toBe('The database is up to date.');
    expect(lines[1]).toMatch(/^applied 0001_raw_and_ops\n/u);
    expect(await runVoxport(['migrate'], env)).toEqual({
      code: 0,
      stdout: ['The database is up to date.'],
      stderr: [],
    });
  });
});

describe('voxport status', () => {
  test('tells on one screen, or as one JSON object, how the export stands', async () => {
    const simulator = await simulate({ conversationCount: 30 });
    const url = await warehouseUrl();
    const env = { ELEVENLABS_API_KEY: key, ELEVENLABS_BASE_URL: simulator.url, DATABASE_URL: url, QUEUE_URL: url };
    await runVoxport(['sync'], env);
    const text = await runVoxport(['status'], env);
    expect(text).toMatchObject({ code: 0, stderr: [] });
    expect(text.stdout.join('\n')).toMatch(
      /^Voxport: nothing wrong is known, and nobody watches[\s\S]*\nelevenlabs: 30 conversations\n[\s\S]*Runs\n[\s\S]*finished/u,
    );
    const json = await runVoxport(['status', '--json'], env);
    expect(json).toMatchObject({ code: 0, stderr: [] });
    expect(json.stdout).toHaveLength(1);
    expect(JSON.parse(json.stdout[0]!)).toMatchObject({
      sources: [{ source_id: 'elevenlabs', conversations: 30, wanted: 0, landed: 0, failed: 0, open_windows: 0 }],
      runs: [{ kind: 'sync', state: 'finished', listed: 30, loaded: 30, failed: 0 }],
      failures: [],
      queues: [{ source_id: 'elevenlabs', fetch: { waiting: 0, delayed: 0, active: 0 } }],
    });
  });

  test('before the first export says how to begin', async () => {
    await using created = await createTestDatabase();
    expectOneSentence(await runVoxport(['status'], { DATABASE_URL: created.url }), /nothing is exported yet.* sync\./u);
  });
});

const standing =
  "select rolname as name, rolsuper from pg_roles where rolname in ('voxport_owner', 'voxport_service', 'voxport_reader') order by 1";

test('without a database of its own a sync starts the embedded one, which stays until it is stopped', async () => {
  const directory = await temporaryDirectory();
  const simulator = await simulate({ conversationCount: 20 });
  const dataDir = join(directory, 'data');
  const env: Environment = { ELEVENLABS_API_KEY: key, ELEVENLABS_BASE_URL: simulator.url, VOXPORT_DATA_DIR: dataDir };
  onTestFinished(async () => void (await runVoxport(['database', 'stop'], env, directory)));
  const synced = await runVoxport(['sync', '--json'], env, directory);
  expect(synced).toMatchObject({ code: 0, stderr: [] });
  expect(JSON.parse(synced.stdout.join(''))).toMatchObject({ listed: 20, loaded: 20, failed: 0 });

  const url = await runVoxport(['database', 'url'], env, directory);
  expect(url.code).toBe(0);
  const owner = await runVoxport(['database', 'url', '--owner'], env, directory);
  expect([url, owner].map(({ stdout }) => new URL(stdout[0]!).username)).toEqual(['voxport_reader', 'voxport_owner']);
  const asked = await runVoxport(['query', standing, '--json'], env, directory);
  expect(JSON.parse(asked.stdout[0]!)).toEqual([
    { name: 'voxport_owner', rolsuper: false },
    { name: 'voxport_reader', rolsuper: false },
    { name: 'voxport_service', rolsuper: false },
  ]);
  const health = JSON.parse((await runVoxport(['doctor', '--json'], env, directory)).stdout[0]!) as {
    checks: unknown[];
  };
  expect(health.checks).toContainEqual(expect.objectContaining({ check: 'rights', status: 'ok' }));
  const database = connectDatabase({
    url: url.stdout[0]!,
    poolSizeMax: 1,
    applicationName: 'test',
    onPoolError: () => {},
  });
  try {
    const universe = makeUniverse({ conversationCount: 20, seed: 11, ...pastMonth });
    expect(await expectTablesToEqualTruth(database, universe.truths(), 'elevenlabs')).toBe(20);
  } finally {
    await database.close();
  }
  expect(await runVoxport(['database', 'stop'], env, directory)).toEqual({
    code: 0,
    stdout: ['The embedded Postgres has stopped.'],
    stderr: [],
  });
  expect((await runVoxport(['database', 'url'], env, directory)).code).toBe(1);
});
