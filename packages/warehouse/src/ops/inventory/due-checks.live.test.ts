import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wantDueChecks } from './inventory.ts';
import { listed, openTestPipeline, type TestSource } from '../ops-testing.ts';
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
  test('wants what is due, as a new detail request in lane refresh, and counts the look', async () => {
    const source = await withDue({ due: 5, later: -60 });
    expect(await take(source)).toEqual([{ conversationId: 'due', version: 2, lane: 'refresh', runId: null }]);
    expect(await source.inventory('due')).toMatchObject({
      state: 'discovered',
      origin: 'refresh',
      checks: 1,
      next_check_at: null,
    });
    expect(await source.inventory('later')).toMatchObject({ state: 'loaded', version: 1, checks: 0 });
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
    expect(taken.every(({ version }) => version === 2)).toBe(true);
  });

  test('a listing that shows a waiting recheck unchanged does not want it twice', async () => {
    const source = await withDue({ due: 5 });
    await take(source);
    expect(await source.list([listed('due')])).toMatchObject([{ conversationId: 'due', version: 2, lane: 'refresh' }]);
    expect(await source.list([listed('due', 'changed')])).toMatchObject([{ version: 3, lane: 'live' }]);
  });
});
