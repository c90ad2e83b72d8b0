import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secret, type AudioConfig, type ServiceContext, type SourceConfig } from '@voxport/runtime';
import { pastMonth, startSimulator, type Simulator } from '@voxport/simulator';
import { eventually, startTestBucket } from '@voxport/testkit';
import { runQuery } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { describe, expect, test } from 'vitest';
import { runToEnd, type RunResult } from '../src/export/run-to-end.ts';
import {
  createWarehouse,
  describeOnBothQueues,
  describeOnOneQueue,
  openTestContext,
  syncOnce,
  testApiKey,
  testSource,
} from './export-parts.ts';
import { startFleet } from './start-fleet.ts';
import { runCommand } from './run-command.ts';

const wholeMonth = { after: new Date(pastMonth.startUnixSecs * 1000), before: new Date(pastMonth.endUnixSecs * 1000) };

async function temporaryDirectory(): Promise<{ path: string; audio: AudioConfig } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'voxport-recordings-'));
  return {
    path,
    audio: { store: { directory: path }, recordingBytesMax: 1024 ** 3 },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Every file below a directory, by its path from there. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();
}

/** A simulator, an empty warehouse and a source whose recordings go to a directory. */
async function openParts(
  options: { conversationCount?: number; seed?: number; source?: Partial<SourceConfig>; queueUrl?: string | null } = {},
): Promise<
  {
    context: ServiceContext;
    simulator: Simulator;
    directory: string;
    audio: AudioConfig;
    databaseUrl: string;
  } & AsyncDisposable
> {
  await using opened = new AsyncDisposableStack();
  const simulator = opened.use(
    await startSimulator({
      conversationCount: options.conversationCount ?? 12,
      seed: options.seed ?? 3,
      apiKey: testApiKey,
      ...pastMonth,
    }),
  );
  const warehouse = opened.use(await createWarehouse());
  const { path, audio } = opened.use(await temporaryDirectory());
  const { context } = opened.use(
    await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: options.queueUrl ?? null,
      sources: [testSource(simulator.url, { audio, ...options.source })],
    }),
  );
  const kept = opened.move();
  return {
    context,
    simulator,
    directory: path,
    audio,
    databaseUrl: warehouse.url,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function rowsOf({ database }: ServiceContext, where = 'true'): Promise<Record<string, unknown>[]> {
  return runQuery(
    database.kysely,
    `select * from voxport.recordings where ${where} order by source_id, conversation_id`,
  );
}

async function one({ database }: ServiceContext, query: string): Promise<Record<string, unknown>> {
  const [row] = await runQuery(database.kysely, query);
  if (row === undefined) throw new Error(`No row: ${query}`);
  return row;
}

/** The ids of the conversations that have audio, oldest first. */
function idsWithAudio(simulator: Simulator): string[] {
  return Array.from({ length: simulator.count() }, (_, index) => simulator.conversationIdAt(index)).filter(
    (id) => simulator.truth(id)?.conversations['has_audio'] === true,
  );
}

async function audioOf(simulator: Simulator, conversationId: string): Promise<Buffer> {
  const response = await fetch(`${simulator.url}/v1/convai/conversations/${conversationId}/audio`, {
    headers: { 'xi-api-key': testApiKey },
  });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** Compares each stored row with its file, and the file with the source's bytes. */
async function expectStored(
  context: ServiceContext,
  simulator: Simulator,
  directory: string,
  sourceId = 'support',
): Promise<number> {
  const stored = await rowsOf(context, `state = 'stored' and source_id = '${sourceId}'`);
  for (const row of stored) {
    const bytes = await readFile(join(directory, String(row['location'])));
    expect(bytes.equals(await audioOf(simulator, String(row['conversation_id'])))).toBe(true);
    expect(row).toMatchObject({
      content_type: 'audio/mpeg',
      size_bytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      next_attempt_at: null,
      queued_at: null,
      last_error: null,
    });
  }
  return stored.length;
}

function backfillOnce(context: ServiceContext, range = wholeMonth): Promise<RunResult> {
  return runToEnd(
    context,
    { kind: 'backfill', range, filters: {}, plan: (planner, runId) => planner.planBackfill(runId, range, {}) },
    new AbortController().signal,
  );
}

describeOnBothQueues('recordings', (openQueueStore) => {
  test('are stored by a sync, byte for byte; a second sync asks for none and changes nothing', async () => {
    await using store = await openQueueStore();
    await using parts = await openParts({ conversationCount: 40, queueUrl: store.queueUrl });
    const { context, simulator, directory } = parts;
    const withAudio = idsWithAudio(simulator);
    expect(withAudio.length).toBeGreaterThan(20);
    expect(withAudio.length).toBeLessThan(40);

    const first = await syncOnce(context);
    expect(first.counts).toMatchObject({ loaded: 40, failed: 0 });
    const all = { wanted: withAudio.length, stored: withAudio.length, late: 0, absent: 0, failed: 0 };
    expect(first.recordings).toEqual(all);
    expect(simulator.stats().requests['audio']).toEqual({ '200': withAudio.length });
    expect(await expectStored(context, simulator, directory)).toBe(withAudio.length);
    expect((await rowsOf(context)).map((row) => row['conversation_id'])).toEqual(withAudio.toSorted());
    expect(await filesBelow(directory)).toEqual(
      (await rowsOf(context)).map((row) => String(row['location'])).toSorted(),
    );

    const before = await rowsOf(context);
    const times = await Promise.all(
      (await filesBelow(directory)).map(async (file) => (await stat(join(directory, file))).mtimeMs),
    );
    simulator.resetStats();
    const second = await syncOnce(context);
    expect(second.counts).toMatchObject({ unchanged: 40, loaded: 0 });
    expect(second.recordings).toEqual({ wanted: 0, stored: 0, late: 0, absent: 0, failed: 0 });
    expect(simulator.stats().requests['audio']).toBeUndefined();
    expect(await rowsOf(context)).toEqual(before);
    expect(
      await Promise.all((await filesBelow(directory)).map(async (file) => (await stat(join(directory, file))).mtimeMs)),
    ).toEqual(times);
  });

  test('are enqueued again when the queue has lost their jobs', async () => {
    await using store = await openQueueStore();
    await using parts = await openParts({ conversationCount: 5, queueUrl: store.queueUrl });
    const { context, simulator, directory } = parts;
    simulator.setFaults([{ match: { endpoint: 'audio' }, action: { do: 'not_found' } }]);
    await syncOnce(context);
    simulator.setFaults([]);
    // What a queue that was flushed looks like from Postgres: the jobs are said to be there, and are not.
    await runQuery(context.database.kysely, 'update voxport.recordings set next_attempt_at = now(), queued_at = now()');
    const withAudio = idsWithAudio(simulator).length;
    expect((await syncOnce(context)).recordings).toMatchObject({ wanted: withAudio, stored: withAudio });
    expect(await expectStored(context, simulator, directory)).toBe(withAudio);
  });

  test('are fetched by a running fleet, without a run that waits for them', async () => {
    await using store = await openQueueStore();
    await using parts = await openParts({ queueUrl: store.queueUrl, source: { schedule: { everySecs: 86_400 } } });
    const { context, simulator, directory } = parts;
    await using _ = await startFleet(context);
    const withAudio = idsWithAudio(simulator).length;
    await eventually(async () => (await rowsOf(context, `state = 'stored'`)).length === withAudio, {
      what: 'every recording to be stored',
    });
    expect(await expectStored(context, simulator, directory)).toBe(withAudio);
  });
});

describeOnOneQueue('recordings of a source', (openQueueStore) => {
  test('are stored in both dialects side by side', async () => {
    await using store = await openQueueStore();
    await using simulator = await startSimulator({ conversationCount: 20, seed: 6, apiKey: testApiKey, ...pastMonth });
    await using warehouse = await createWarehouse();
    await using direct = await temporaryDirectory();
    await using proxied = await temporaryDirectory();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: store.queueUrl,
      sources: [
        testSource(simulator.url, { sourceId: 'direct', audio: direct.audio }),
        testSource(simulator.voiceableUrl, { sourceId: 'proxy', dialect: 'voiceable', audio: proxied.audio }),
        testSource(simulator.url, { sourceId: 'silent' }),
      ],
    });
    const withAudio = idsWithAudio(simulator).length;
    const result = await syncOnce(opened.context);
    // The proxy does not say which conversations have audio: all are asked for.
    expect(result.recordings).toEqual({
      wanted: withAudio + 20,
      stored: 2 * withAudio,
      late: 20 - withAudio,
      absent: 0,
      failed: 0,
    });
    expect(await expectStored(opened.context, simulator, direct.path, 'direct')).toBe(withAudio);
    expect(await expectStored(opened.context, simulator, proxied.path, 'proxy')).toBe(withAudio);
    expect(await rowsOf(opened.context, `source_id = 'silent'`)).toEqual([]);
  });

  test('are stored whole, whatever faults the source has', async () => {
    await using store = await openQueueStore();
    await using parts = await openParts({ queueUrl: store.queueUrl });
    const { context, simulator, directory } = parts;
    simulator.setFaults([
      { match: { endpoint: 'audio', nth: 1, countedBy: 'conversation' }, action: { do: 'truncate' } },
      { match: { endpoint: 'audio', nth: 2, countedBy: 'conversation' }, action: { do: 'invalid_json' } },
      { match: { endpoint: 'audio', nth: 3, countedBy: 'conversation' }, action: { do: 'concurrent_limit' } },
      { match: { endpoint: 'audio', every: 7 }, action: { do: 'upstream_error' } },
    ]);
    const result = await syncOnce(context);
    simulator.setFaults([]);
    const withAudio = idsWithAudio(simulator).length;
    expect(result.recordings).toEqual({ wanted: withAudio, stored: withAudio, late: 0, absent: 0, failed: 0 });
    expect(await expectStored(context, simulator, directory)).toBe(withAudio);
    expect(await filesBelow(directory)).toHaveLength(withAudio);
  });
});

describe('a recording', () => {
  test('that lags its call is asked for again later, with growing delays, and is stored when it has come', async () => {
    await using parts = await openParts({ conversationCount: 3 });
    const { context, simulator, directory } = parts;
    const [id] = idsWithAudio(simulator);
    simulator.setFaults([{ match: { endpoint: 'audio', conversationId: id! }, action: { do: 'not_found' } }]);
    const first = await syncOnce(context);
    expect(first.recordings).toMatchObject({ late: 1, absent: 0, failed: 0 });
    expect(first.counts).toMatchObject({ gone: 0, failed: 0 });
    const waitSecs = async (): Promise<unknown> =>
      (
        await one(
          context,
          `select round(extract(epoch from next_attempt_at - tried_at)) as secs from voxport.recordings where conversation_id = '${id}'`,
        )
      )['secs'];
    const waits = [await waitSecs()];

    // Not due yet: nobody asks.
    simulator.resetStats();
    expect((await syncOnce(context)).recordings).toMatchObject({ wanted: 0 });
    expect(simulator.stats().requests['audio']).toBeUndefined();

    for (let round = 0; round < 4; round += 1) {
      await makeDue(context, id!);
      expect((await syncOnce(context)).recordings).toEqual({ wanted: 1, stored: 0, late: 1, absent: 0, failed: 0 });
      waits.push(await waitSecs());
    }
    expect(waits.map(Number)).toEqual([120, 600, 3600, 21_600, 86_400]);

    simulator.setFaults([]);
    await makeDue(context, id!);
    expect((await syncOnce(context)).recordings).toEqual({ wanted: 1, stored: 1, late: 0, absent: 0, failed: 0 });
    await expectStored(context, simulator, directory);
    expect(await rowsOf(context, `state <> 'stored'`)).toEqual([]);
  });

  test('that never comes is absent in the end; a backfill over its time asks once more', async () => {
    await using parts = await openParts({ conversationCount: 3 });
    const { context, simulator } = parts;
    const [id] = idsWithAudio(simulator);
    simulator.setFaults([{ match: { endpoint: 'audio', conversationId: id! }, action: { do: 'not_found' } }]);
    await syncOnce(context);
    for (let round = 0; round < 5; round += 1) {
      await makeDue(context, id!);
      await syncOnce(context);
    }
    const row = `select state, attempts, next_attempt_at, last_error_class, location from voxport.recordings where conversation_id = '${id}'`;
    expect(await one(context, row)).toEqual({
      state: 'absent',
      attempts: 6,
      next_attempt_at: null,
      last_error_class: 'not_found',
      location: null,
    });
    simulator.resetStats();
    expect((await syncOnce(context)).recordings).toMatchObject({ wanted: 0 });
    expect(simulator.stats().requests['audio']).toBeUndefined();

    simulator.setFaults([]);
    expect((await backfillOnce(context)).recordings).toEqual({ wanted: 1, stored: 1, late: 0, absent: 0, failed: 0 });
    expect(await one(context, row)).toMatchObject({ state: 'stored', attempts: 0, last_error_class: null });
    expect((await backfillOnce(context)).recordings).toMatchObject({ wanted: 0 });
  });

  test('of a conversation that was loaded before audio was switched on comes with a backfill of its time, and only that', async () => {
    await using parts = await openParts({ conversationCount: 30, source: { audio: null } });
    const { context, simulator, directory, audio, databaseUrl } = parts;
    expect((await syncOnce(context)).recordings).toBeNull();
    expect(await rowsOf(context)).toEqual([]);
    await using switchedOn = await openTestContext({
      databaseUrl,
      queueUrl: null,
      sources: [testSource(simulator.url, { audio })],
    });
    const range = { after: new Date('2026-09-10T00:00:00Z'), before: new Date('2026-09-20T00:00:00Z') };
    const result = await backfillOnce(switchedOn.context, range);
    expect(result.counts).toMatchObject({ loaded: 0 });
    const inRange = await runQuery(
      context.database.kysely,
      `select 1 from voxport.conversations where has_audio and started_at >= '2026-09-10Z' and started_at < '2026-09-20Z'`,
    );
    expect(inRange.length).toBeGreaterThan(3);
    expect(result.recordings).toMatchObject({ wanted: inRange.length, stored: inRange.length });
    expect(await filesBelow(directory)).toHaveLength(inRange.length);
  });

  test('is fetched again when the audio flags say that it changed, and replaces the older one', async () => {
    await using parts = await openParts({ conversationCount: 3 });
    const { context, simulator, directory } = parts;
    await syncOnce(context);
    const [id] = idsWithAudio(simulator);
    const before = await one(
      context,
      `select generation, stored_at, location from voxport.recordings where conversation_id = '${id}'`,
    );
    // As if the conversation had said so when the recording was wanted.
    await runQuery(
      context.database.kysely,
      `update voxport.recordings set has_response_audio = not has_response_audio where conversation_id = '${id}'`,
    );
    simulator.updateConversation(id!, { tagIds: ['tag_changed'] });
    await runQuery(
      context.database.kysely,
      `update voxport_ops.inventory set next_check_at = now() - interval '1 second' where conversation_id = '${id}'`,
    );
    simulator.resetStats();
    expect((await syncOnce(context)).recordings).toEqual({ wanted: 1, stored: 1, late: 0, absent: 0, failed: 0 });
    expect(simulator.stats().requests['audio']).toEqual({ '200': 1 });
    const after = await one(
      context,
      `select generation, stored_at, location from voxport.recordings where conversation_id = '${id}'`,
    );
    // The same bytes: they keep their time.
    expect(after).toEqual({ ...before, generation: Number(before['generation']) + 1 });
    expect(await filesBelow(directory)).toHaveLength((await rowsOf(context)).length);
  });

  test('of a call that is not over is not asked for before it is', async () => {
    const now = Math.floor(Date.now() / 1000);
    await using simulator = await startSimulator({
      conversationCount: 1,
      seed: 3,
      apiKey: testApiKey,
      startUnixSecs: now - 900,
      endUnixSecs: now - 600,
    });
    await using warehouse = await createWarehouse();
    await using directory = await temporaryDirectory();
    await using opened = await openTestContext({
      databaseUrl: warehouse.url,
      queueUrl: null,
      sources: [testSource(simulator.url, { audio: directory.audio })],
    });
    const id = simulator.conversationIdAt(0);
    simulator.updateConversation(id, { phase: 'in-progress' });
    expect((await syncOnce(opened.context)).recordings).toMatchObject({ wanted: 0 });
    simulator.updateConversation(id, { phase: 'done' });
    expect((await syncOnce(opened.context)).recordings).toMatchObject({ wanted: idsWithAudio(simulator).length });
  });

  test('goes with its conversation: whoever deletes the row, the file goes too', async () => {
    await using parts = await openParts({ conversationCount: 6, source: { mirrorDeletions: true } });
    const { context, simulator, directory } = parts;
    await syncOnce(context);
    const [byHand, atSource, audioOnly] = idsWithAudio(simulator);
    const files = await filesBelow(directory);

    simulator.updateConversation(atSource!, { isDeleted: true });
    simulator.updateConversation(audioOnly!, { isAudioDeleted: true, tagIds: ['tag_changed'] });
    await runQuery(
      context.database.kysely,
      `update voxport_ops.inventory set next_check_at = now() - interval '1 second' where conversation_id in ('${atSource}', '${audioOnly}')`,
    );
    await runQuery(context.database.kysely, `delete from voxport.conversations where conversation_id = '${byHand}'`);
    await syncOnce(context);
    await using worker = new AsyncDisposableStack();
    const started = await startWorker(context);
    worker.defer(() => started.close());
    await eventually(
      async () => (await one(context, 'select count(*) from voxport_ops.recording_removals'))['count'] === 0,
      {
        what: 'the erased recordings to be removed',
      },
    );
    expect(await filesBelow(directory)).toHaveLength(files.length - 3);
    const kept = await filesBelow(directory);
    for (const id of [byHand, atSource, audioOnly]) expect(kept.some((file) => file.includes(id!))).toBe(false);
  });

  test('whose conversation is erased while it is downloaded does not stay', async () => {
    await using parts = await openParts({ conversationCount: 3 });
    const { context, simulator, directory } = parts;
    const [id] = idsWithAudio(simulator);
    simulator.setFaults([{ match: { endpoint: 'audio', conversationId: id! }, action: { do: 'delay', ms: 1500 } }]);
    const running = syncOnce(context);
    await eventually(() => (simulator.stats().requests['audio'] ?? null) !== null, {
      what: 'the first recording to be asked for',
    });
    await eventually(async () => (await rowsOf(context, `queued_at is not null and conversation_id = '${id}'`))[0], {
      what: 'the recording to be under way',
    });
    await runQuery(context.database.kysely, `delete from voxport.conversations where conversation_id = '${id}'`);
    expect((await running).recordings).toMatchObject({ failed: 0 });
    expect(await rowsOf(context, `state = 'pending'`)).toEqual([]);
    expect((await filesBelow(directory)).some((file) => file.includes(id!))).toBe(false);
  });
});

test('recordings go to a bucket, and leave it with their conversation', async () => {
  await using bucket = await startTestBucket();
  const { credentials, ...place } = bucket.settings;
  const audio: AudioConfig = {
    store: {
      s3: {
        ...place,
        credentials: {
          accessKeyId: secret(credentials.accessKeyId),
          secretAccessKey: secret(credentials.secretAccessKey),
        },
      },
    },
    recordingBytesMax: 1024 ** 3,
  };
  await using parts = await openParts({ source: { audio } });
  const { context, simulator } = parts;
  // A part of the bucket's requests breaks; the recordings are whole.
  let count = 0;
  bucket.breakWhen(() => (count += 1) % 5 === 2);
  const ids = idsWithAudio(simulator);
  expect((await syncOnce(context)).recordings).toMatchObject({ wanted: ids.length, stored: ids.length, failed: 0 });
  bucket.breakWhen(() => false);
  const rows = await rowsOf(context);
  expect(await bucket.keys()).toEqual(
    rows.map((row) => String(row['location']).replace('s3://recordings/', '')).toSorted(),
  );
  for (const row of rows) {
    const bytes = await bucket.read(String(row['location']).replace('s3://recordings/', ''));
    expect(bytes.equals(await audioOf(simulator, String(row['conversation_id'])))).toBe(true);
    expect(row['sha256']).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
  const requests = bucket.requests.length;
  expect((await syncOnce(context)).recordings).toMatchObject({ wanted: 0 });
  // The check of the store, by the command and by the worker, and nothing else.
  expect(bucket.requests.slice(requests).every((request) => request.includes('.voxport-write-test'))).toBe(true);

  await runQuery(context.database.kysely, `delete from voxport.conversations where conversation_id = '${ids[0]}'`);
  await syncOnce(context);
  expect((await bucket.keys()).some((key) => key.includes(ids[0]!))).toBe(false);
  expect(await bucket.keys()).toHaveLength(ids.length - 1);
});

test('erase removes the recording with the rest, or says that it is still there', async () => {
  await using parts = await openParts({ conversationCount: 6 });
  const { context, simulator, directory, databaseUrl } = parts;
  await syncOnce(context);
  const sources = context.sources.map(({ config }) => config);
  const [first, second] = idsWithAudio(simulator);
  const before = (await filesBelow(directory)).length;
  const config = { databaseUrl, queueUrl: null, sources };
  const erased = await runCommand(config, ['erase', '--conversation', first!, '--yes', '--json']);
  expect(erased.exitCode, erased.stderr).toBe(0);
  expect((await filesBelow(directory)).some((file) => file.includes(first!))).toBe(false);
  expect(await filesBelow(directory)).toHaveLength(before - 1);
  expect(await one(context, 'select count(*) from voxport_ops.recording_removals')).toEqual({ count: 0 });

  // A machine that does not reach the store: a worker that does removes the file.
  const elsewhere = { ...config, sources: sources.map((source) => ({ ...source, audio: null })) };
  const partly = await runCommand(elsewhere, ['erase', '--conversation', second!, '--yes', '--json']);
  expect(partly.exitCode).toBe(1);
  expect(partly.stderr).toContain('1 recordings are still in their store');
  expect(await filesBelow(directory)).toHaveLength(before - 1);
  expect((await syncOnce(context)).recordings).toMatchObject({ wanted: 0 });
  expect(await filesBelow(directory)).toHaveLength(before - 2);
});

describe('a store that cannot be used', () => {
  test('is told before a run begins, and nothing is asked of the source', async () => {
    await using parts = await openParts();
    const { context, simulator, directory, databaseUrl } = parts;
    await rm(directory, { recursive: true });
    await expect(syncOnce(context)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining(directory),
    });
    expect(simulator.stats().requests).toEqual({});
    const config = { databaseUrl, queueUrl: null, sources: context.sources.map((source) => source.config) };
    await expect(runCommand(config, ['sync', '--json'])).rejects.toMatchObject({ code: 'storage' });
  });

  test('keeps no transcript waiting in a fleet; its recordings are put off and say why', async () => {
    await using parts = await openParts({ source: { schedule: { everySecs: 86_400 } } });
    const { context, simulator, directory } = parts;
    await rm(directory, { recursive: true });
    await using _ = await startFleet(context);
    const withAudio = idsWithAudio(simulator).length;
    await eventually(
      async () =>
        (await rowsOf(context, `state = 'pending' and last_error_class = 'storage' and attempts = 1`)).length ===
        withAudio,
      { what: 'every recording to be put off' },
    );
    expect(await one(context, 'select count(*) from voxport.conversations')).toEqual({ count: 12 });
    expect(await one(context, 'select paused_at from voxport_ops.sources')).toEqual({ paused_at: null });
  });
});

test('sync --json tells of the recordings where audio is on, and fails when one of them failed', async () => {
  await using parts = await openParts({ conversationCount: 4 });
  const { context, simulator, databaseUrl } = parts;
  const sources = context.sources.map(({ config }) => config);
  const voxport = (...args: string[]) => runCommand({ databaseUrl, queueUrl: null, sources }, args);
  const recordingsOf = (stdout: string) => (JSON.parse(stdout) as Record<string, unknown>)['recordings'];
  simulator.setFaults([
    { match: { endpoint: 'audio', nth: 1 }, action: { do: 'status', status: 422, body: { detail: 'no' } } },
  ]);
  const withAudio = idsWithAudio(simulator).length;
  const failing = await voxport('sync', '--json');
  expect(recordingsOf(failing.stdout)).toEqual({
    wanted: withAudio,
    stored: withAudio - 1,
    late: 0,
    absent: 0,
    failed: 1,
  });
  expect(failing.exitCode).toBe(1);
  expect(await rowsOf(context, `state = 'failed' and last_error_class = 'invalid_request'`)).toHaveLength(1);
  const again = await voxport('backfill', '--from', '2026-09-01', '--to', '2026-10-01', '--json');
  expect(recordingsOf(again.stdout)).toMatchObject({ wanted: 1, stored: 1 });
  expect(again.exitCode).toBe(0);
  const status = await voxport('status', '--json');
  expect(JSON.parse(status.stdout)).toMatchObject({
    recordings: [{ source_id: 'support', stored: withAudio, pending: 0, absent: 0, failed: 0, removals: 0 }],
  });
  expect((await voxport('status')).stdout).toContain(`recordings   ${withAudio} stored, 0 wanted, 0 absent, 0 failed`);
  const silent = { databaseUrl, queueUrl: null, sources: sources.map((source) => ({ ...source, audio: null })) };
  expect(recordingsOf((await runCommand(silent, ['sync', '--json'])).stdout)).toBeUndefined();
});

async function makeDue({ database }: ServiceContext, conversationId: string): Promise<void> {
  await runQuery(
    database.kysely,
    `update voxport.recordings set next_attempt_at = now() - interval '1 second' where conversation_id = '${conversationId}'`,
  );
}
