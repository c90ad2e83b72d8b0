import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failListing } from '../inventory/end-in-failure.ts';
import { listed, openTestPipeline, type TestSource } from '../ops-testing.ts';
import { pruneHistory, type HistoryAges } from './prune-history.ts';
import { finishRun } from './runs.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const week = 7 * 86_400;
const ages: HistoryAges = { runsSecs: week, verificationsSecs: week, webhookEventsSecs: week, failuresSecs: week };

async function endedRun(source: TestSource, daysAgo: number): Promise<number> {
  const window = await source.window();
  await source.set(sql`update voxport_ops.windows set state = 'listed' where window_id = ${window.windowId}`);
  await finishRun(source.kysely, window.runId);
  await source.set(sql`
    update voxport_ops.runs set finished_at = now() - ${daysAgo} * interval '1 day' where run_id = ${window.runId}`);
  return window.runId;
}

async function idsIn(source: TestSource, table: string, key: string): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select ${sql.ref(key)} as id from ${sql.table(table)} where source_id = ${source.sourceId} order by 1
  `.execute(source.kysely);
  return rows.map(({ id }) => id);
}

test('runs that ended long ago go, with their windows; younger ones, open ones and those of others stay', async () => {
  const [source, other] = [await pipeline.newSource(), await pipeline.newSource()];
  await endedRun(source, 8);
  const young = await endedRun(source, 6);
  const open = await source.startRun();
  await source.set(sql`update voxport_ops.runs set started_at = now() - interval '30 days' where run_id = ${open}`);
  await endedRun(other, 8);
  expect(await pruneHistory(source.kysely, { sourceId: source.sourceId, ages })).toEqual({
    runs: 1,
    verifications: 0,
    webhookEvents: 0,
    failures: 0,
  });
  expect(await idsIn(source, 'voxport_ops.runs', 'run_id')).toEqual([young, open]);
  expect(await idsIn(source, 'voxport_ops.windows', 'window_id')).toHaveLength(1);
  expect(await idsIn(other, 'voxport_ops.runs', 'run_id')).toHaveLength(1);
});

test('a run whose window is an open failure stays until that is resolved', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const window = await source.window();
  await failListing(kysely, {
    sourceId,
    stage: 'list',
    conversationId: null,
    windowId: window.windowId,
    runId: window.runId,
    code: 'server_error',
    message: 'no',
    status: 500,
    attempts: 8,
    payloadId: null,
  });
  await finishRun(kysely, window.runId);
  await source.set(
    sql`update voxport_ops.runs set finished_at = now() - interval '8 days' where run_id = ${window.runId}`,
  );
  expect(await pruneHistory(kysely, { sourceId, ages })).toMatchObject({ runs: 0, failures: 0 });
  await source.set(sql`
    update voxport_ops.failures set resolved_at = now() - interval '8 days', resolution = 'discarded' where source_id = ${sourceId}`);
  expect(await pruneHistory(kysely, { sourceId, ages })).toMatchObject({ runs: 1, failures: 1 });
});

test('certificates, webhook events and resolved failures go by their age', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  for (const daysAgo of [6, 8]) {
    await source.set(sql`
      insert into voxport_ops.verifications (source_id, range_before, listed, present, missing, stale, verified_at)
      values (${sourceId}, now(), 1, 1, 0, 0, now() - ${daysAgo} * interval '1 day')`);
    await source.set(sql`
      insert into voxport_ops.webhook_events (source_id, type, event_at, received_at, state)
      values (${sourceId}, 'post_call_transcription', now(), now() - ${daysAgo} * interval '1 day', 'landed')`);
    await source.set(sql`
      insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message, first_failed_at, resolved_at)
      values (${sourceId}, 'fetch', ${`c${daysAgo}`}, 'timeout', 'no', now() - interval '30 days', now() - ${daysAgo} * interval '1 day')`);
  }
  await source.set(sql`
    insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message, first_failed_at)
    values (${sourceId}, 'fetch', 'open', 'timeout', 'no', now() - interval '30 days')`);
  expect(await pruneHistory(kysely, { sourceId, ages })).toEqual({
    runs: 0,
    verifications: 1,
    webhookEvents: 1,
    failures: 1,
  });
  expect(await source.failures()).toMatchObject([{ conversation_id: 'c6' }, { conversation_id: 'open' }]);
});

test('what the inventory says of a conversation survives the run that wanted it', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  await source.list([listed('a')]);
  await source.set(sql`update voxport_ops.inventory set state = 'loaded' where source_id = ${sourceId}`);
  await source.set(sql`
    update voxport_ops.runs set state = 'finished', finished_at = now() - interval '8 days' where source_id = ${sourceId}`);
  expect(await pruneHistory(kysely, { sourceId, ages })).toMatchObject({ runs: 1 });
  expect(await source.inventory('a')).toMatchObject({ state: 'loaded' });
  expect(await source.list([listed('a', 'second')])).toMatchObject([{ conversationId: 'a', generation: 2 }]);
});
