import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failConversation } from './end-in-failure.ts';
import { wantDueChecks } from './inventory.ts';
import { listed, openTestPipeline, type TestSource } from '../ops-testing.ts';
import { countRun, isRunSettled } from '../runs/runs.ts';
import { compareListedPage } from '../windows/verifications.ts';
import { pauseSource, resumeSource } from '../sources.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

/** A source with loaded conversations, named and due so many seconds ago (negative: in so many seconds). */
async function withDue(dueAgoSecs: Readonly<Record<string, number>>): Promise<TestSource> {
  const source = await pipeline.newSource();
  await source.list(Object.keys(dueAgoSecs).map((id) => listed(id)));
  for (const [id, secs] of Object.entries(dueAgoSecs)) {
    await source.set(sql`
      update voxport_ops.inventory set state = 'loaded', next_check_at = now() - ${secs} * interval '1 second'
      where source_id = ${source.sourceId} and conversation_id = ${id}`);
  }
  return source;
}

function take({ kysely, sourceId }: TestSource, query: { runId?: number; waitingMax?: number } = {}) {
  return wantDueChecks(kysely, { sourceId, runId: query.runId ?? null, waitingMax: query.waitingMax ?? 100 });
}

const idsOf = (wanted: readonly { conversationId: string }[]): string[] =>
  wanted.map(({ conversationId }) => conversationId).toSorted();

describe('wantDueChecks', () => {
  test('wants what is due, as a new detail request in priority refresh, and counts the look', async () => {
    const source = await withDue({ due: 5, later: -60 });
    expect(await take(source)).toEqual([{ conversationId: 'due', generation: 2, priority: 'refresh', runId: null }]);
    expect(await source.inventory('due')).toMatchObject({
      state: 'discovered',
      origin: 'refresh',
      checks: 1,
      next_check_at: null,
    });
    expect(await source.inventory('later')).toMatchObject({ state: 'loaded', generation: 1, checks: 0 });
    expect(await take(source)).toEqual([]);
  });

  test('takes the longest due first, and no more than may wait at once', async () => {
    const source = await withDue({ a: 10, b: 30, c: 20, d: 40 });
    expect(idsOf(await take(source, { waitingMax: 2 }))).toEqual(['b', 'd']);
    expect(await take(source, { waitingMax: 2 })).toEqual([]);
    await source.set(sql`
      update voxport_ops.inventory set state = 'loaded' where source_id = ${source.sourceId} and conversation_id = 'd'`);
    expect(idsOf(await take(source, { waitingMax: 2 }))).toEqual(['c']);
  });

  test('on behalf of a run takes only what was due when the run started', async () => {
    const source = await withDue({ before: 60, since: 1 });
    const runId = await source.startRun();
    await source.set(
      sql`update voxport_ops.runs set started_at = now() - interval '30 seconds' where run_id = ${runId}`,
    );
    expect(await take(source, { runId })).toMatchObject([{ conversationId: 'before', runId }]);
    expect(await take(source, { runId })).toEqual([]);
    expect(await take(source)).toMatchObject([{ conversationId: 'since', runId: null }]);
  });

  test('takes nothing while the source is paused', async () => {
    const source = await withDue({ due: 5 });
    await pauseSource(source.kysely, { sourceId: source.sourceId, code: 'unauthorized', reason: 'no' });
    expect(await take(source)).toEqual([]);
    await resumeSource(source.kysely, source.sourceId);
    expect(idsOf(await take(source))).toEqual(['due']);
  });

  test('taken up by several processes at once, each look is one detail request', async () => {
    const source = await withDue(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`c${index}`, 5])));
    const taken = (await Promise.all([take(source), take(source), take(source), take(source)])).flat();
    expect(taken).toHaveLength(30);
    expect(taken.every(({ generation }) => generation === 2)).toBe(true);
  });

  test('a listing that shows a waiting recheck unchanged does not want it twice', async () => {
    const source = await withDue({ due: 5 });
    await take(source);
    expect(await source.list([listed('due')])).toMatchObject([
      { conversationId: 'due', generation: 2, priority: 'refresh' },
    ]);
    expect(await source.list([listed('due', 'changed')])).toMatchObject([{ generation: 3, priority: 'live' }]);
  });
});

describe('a recheck that cannot be done', () => {
  /** A source whose conversation is loaded and whose recheck is in progress, on behalf of a run or of none. */
  async function rechecking(runId?: (source: TestSource) => Promise<number>) {
    const source = await withDue({ due: 5 });
    await source.set(
      sql`update voxport_ops.inventory set load_outcome = 'inserted', loaded_at = now() where source_id = ${source.sourceId}`,
    );
    const run = runId === undefined ? undefined : await runId(source);
    const [wanted] = await take(source, run === undefined ? {} : { runId: run });
    return { source, run, generation: wanted!.generation };
  }

  const fail = ({ source, run, generation }: Awaited<ReturnType<typeof rechecking>>) =>
    failConversation(source.kysely, {
      sourceId: source.sourceId,
      conversationId: 'due',
      generation,
      runId: run ?? null,
      windowId: null,
      stage: 'fetch',
      code: 'forbidden',
      message: 'not this one',
      status: 403,
      attempts: 1,
      body: null,
    });

  test('is a failure of its own: what is loaded stays so, and is looked at again a day later', async () => {
    const recheck = await rechecking();
    const { source } = recheck;
    await fail(recheck);
    expect(await source.failures()).toMatchObject([{ error_class: 'forbidden', resolved_at: null }]);
    const { rows } = await sql<{ state: string; inHours: number }>`
      select state, round(extract(epoch from next_check_at - now()) / 3600)::int as "inHours"
      from voxport_ops.inventory where source_id = ${source.sourceId}`.execute(source.kysely);
    expect(rows).toEqual([{ state: 'loaded', inHours: 24 }]);
    const comparison = await compareListedPage(source.kysely, {
      sourceId: source.sourceId,
      listingId: randomUUID(),
      conversations: [listed('due')],
    });
    expect(comparison.present + comparison.missing.length).toBe(1);
  });

  test('is counted as a failure of the sync that took it up, and not as loaded', async () => {
    const recheck = await rechecking((source) => source.startRun());
    await fail(recheck);
    expect(await countRun(recheck.source.kysely, recheck.run!)).toMatchObject({
      rechecked: 1,
      failed: 1,
      loaded: 0,
      unchanged: 0,
      pending: 0,
    });
  });

  test('holds up no listing that meets it in progress and unchanged', async () => {
    const { source } = await rechecking();
    const runId = await source.startRun();
    await source.list([listed('due')], { runId });
    expect(await isRunSettled(source.kysely, runId, { isPlanned: true })).toBe(true);
    expect(await countRun(source.kysely, runId)).toMatchObject({ listed: 1, unchanged: 1, pending: 0 });
    // What has changed is asked for on behalf of the listing.
    await source.list([listed('due', 'changed')], { runId });
    expect(await isRunSettled(source.kysely, runId, { isPlanned: true })).toBe(false);
  });

  test('of a conversation that never loaded, or whose detail a listing wants, the failure is that of the conversation', async () => {
    const source = await pipeline.newSource();
    await source.list([listed('due')]);
    await fail({ source, run: undefined, generation: 1 });
    expect(await source.inventory('due')).toMatchObject({ state: 'failed', next_check_at: null });
  });
});
