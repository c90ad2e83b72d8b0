import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimPayloads, settlePayloads } from '../../raw/claim-payloads.ts';
import { failConversation, failListing, markGone } from '../inventory/end-in-failure.ts';
import { listed, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { countRun, finishRun, isRunSettled, openRuns } from './runs.ts';
import { savePage } from '../windows/save-page.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const fates = ['wanted', 'landed', 'inserted', 'updated', 'unchanged', 'refused', 'failed', 'gone', 'seen'] as const;
type Fate = (typeof fates)[number];

const letter = { windowId: null, runId: null, message: 'oops', status: 500, attempts: 8, body: null } as const;

/** Loads everything that has landed, each with the outcome that its id names. */
async function loadLanded({ kysely, sourceId }: TestSource): Promise<void> {
  await kysely.transaction().execute(async (transaction) => {
    const claimed = await claimPayloads(transaction, { sourceId, limit: 1000, bytesMax: 1e9 });
    const payloads = claimed.map(({ payloadId, conversationId, generation }) => {
      const fate = conversationId.split('-')[0] as Fate;
      const outcome = fate === 'refused' ? 'failed' : fate === 'updated' || fate === 'unchanged' ? fate : 'inserted';
      return { payloadId, conversationId, generation, outcome, checkInSecs: null } as const;
    });
    await settlePayloads(transaction, { sourceId, mappingVersion: 1, payloads });
  });
}

async function bringAbout(source: TestSource, drawn: readonly Fate[]) {
  const { kysely, sourceId } = source;
  const ids = drawn.map((fate, index) => `${fate}-${index}`);
  const seen = ids.filter((id) => id.startsWith('seen'));
  await source.list(seen.map((id) => listed(id)));
  for (const id of seen) await source.land(id, 1, id);
  await loadLanded(source);

  const window = await source.window();
  await savePage(kysely, { window, page: pageOf(ids.map((id) => listed(id))) });
  for (const id of ids) {
    const fate = id.split('-')[0] as Fate;
    if (['inserted', 'updated', 'unchanged', 'refused'].includes(fate)) await source.land(id, 1, id);
    if (fate === 'failed')
      await failConversation(kysely, {
        ...letter,
        sourceId,
        stage: 'fetch',
        conversationId: id,
        generation: 1,
        code: 'timeout',
      });
    if (fate === 'gone') await markGone(kysely, { sourceId, conversationId: id, generation: 1 });
  }
  await loadLanded(source);
  for (const id of ids.filter((one) => one.startsWith('landed'))) await source.land(id, 1, id);
  return window;
}

test('each conversation of a run is counted once: listed = loaded + unchanged + failed + gone + pending', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...fates), { maxLength: 12 }), async (drawn) => {
      const source = await pipeline.newSource();
      const { runId } = await bringAbout(source, drawn);
      const count = (...ofFates: Fate[]): number => drawn.filter((fate) => ofFates.includes(fate)).length;
      const counts = await countRun(source.kysely, runId);
      expect(counts).toMatchObject({
        windows: 1,
        windowsOpen: 0,
        windowsFailed: 0,
        pages: 1,
        listed: drawn.length,
        fetched: count('inserted', 'updated', 'unchanged', 'refused', 'landed'),
        loaded: count('inserted', 'updated'),
        unchanged: count('unchanged', 'seen'),
        failed: count('refused', 'failed'),
        gone: count('gone'),
        pending: count('wanted', 'landed'),
      });
      expect(counts.listed).toBe(counts.loaded + counts.unchanged + counts.failed + counts.gone + counts.pending);
      expect(await isRunSettled(source.kysely, runId)).toBe(counts.pending === 0);
    }),
    { numRuns: 12 },
  );
});

test('a window that could not be listed counts as a failure, beside the conversations', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const window = await source.window();
  const { body: _, ...rest } = letter;
  await failListing(kysely, {
    ...rest,
    sourceId,
    stage: 'list',
    conversationId: null,
    windowId: window.windowId,
    code: 'timeout',
    payloadId: null,
  });
  expect(await countRun(kysely, window.runId)).toMatchObject({
    listed: 0,
    failed: 1,
    windowsFailed: 1,
    windowsOpen: 0,
  });
  expect(await isRunSettled(kysely, window.runId)).toBe(true);
});

test('a run that is being planned is not settled, one that never was is after a minute', async () => {
  const source = await pipeline.newSource();
  const runId = await source.startRun();
  expect(await isRunSettled(source.kysely, runId)).toBe(false);
  await source.set(sql`update voxport_ops.runs set started_at = now() - interval '61 seconds' where run_id = ${runId}`);
  expect(await isRunSettled(source.kysely, runId)).toBe(true);
});

test('a run with an open window is not settled', async () => {
  const source = await pipeline.newSource();
  const window = await source.window();
  expect(await isRunSettled(source.kysely, window.runId)).toBe(false);
});

test('a run ends once: with its counts, and with failures if it has any; later ends change nothing', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const { runId } = await bringAbout(source, ['inserted', 'failed']);
  expect(await openRuns(kysely, { sourceId, kind: 'sync' })).toContain(runId);
  expect(await finishRun(kysely, runId)).toMatchObject({ listed: 2, loaded: 1, failed: 1 });
  await source.list([listed('inserted-0', 'changed')]);
  await finishRun(kysely, runId);
  const { rows } = await sql`select * from voxport_ops.runs where run_id = ${runId}`.execute(kysely);
  expect(rows).toMatchObject([{ state: 'finished_with_failures', listed: 2, loaded: 1, failed: 1, gone: 0, pages: 1 }]);
  expect(await openRuns(kysely, { sourceId })).not.toContain(runId);
});

test('running runs are told oldest first, of one kind or of all, of this source only', async () => {
  const source = await pipeline.newSource();
  const other = await pipeline.newSource();
  const sync = await source.startRun('sync');
  const backfill = await source.startRun('backfill');
  await other.startRun('sync');
  const { kysely, sourceId } = source;
  expect(await openRuns(kysely, { sourceId })).toEqual([sync, backfill]);
  expect(await openRuns(kysely, { sourceId, kind: 'backfill' })).toEqual([backfill]);
});
