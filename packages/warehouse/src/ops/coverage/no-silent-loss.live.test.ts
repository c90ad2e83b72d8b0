import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failListing } from '../inventory/end-in-failure.ts';
import { day, listed, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { cancelRun } from '../runs/control-runs.ts';
import { readSource } from '../sources.ts';
import { savePage } from '../windows/save-page.ts';
import { startSync } from './start-sync.ts';
import { newTrail } from '@voxport/domain';
import type { Window } from '../windows/windows.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

/**
 * A first sync that was divided: its newest part is listed, of the rest the newer half is. Resolves with the half that
 * is not.
 */
async function divideFirstSync(source: TestSource): Promise<Window> {
  const { kysely } = source;
  const window = await source.window({ range: { after: null, before: day('30') } });
  const rest = [
    { after: day('10'), before: day('20') },
    { after: null, before: day('10') },
  ];
  const page = pageOf([], { hasMore: true, nextCursor: 'next' });
  const divided = await savePage(kysely, { window, page, step: { kind: 'split', trail: newTrail, rest } });
  if (divided.kind !== 'saved') throw new Error('the page was stale');
  await savePage(kysely, { window: divided.rest[0]!, page: pageOf([]) });
  return divided.rest[1]!;
}

async function backfillADay(source: TestSource): Promise<void> {
  const window = await source.window({ range: { after: day('28'), before: day('29') }, origin: 'backfill' });
  await savePage(source.kysely, { window, page: pageOf([]) });
}

const watermarkOf = async ({ kysely, sourceId }: TestSource): Promise<Date | null> =>
  (await readSource(kysely, sourceId))?.watermarkAt ?? null;

test('a first sync was divided and interrupted, and the sync that took its rest over is cancelled: the rest does not count as listed', async () => {
  const source = await pipeline.newSource();
  await divideFirstSync(source);
  // The next sync makes what was left its own.
  const next = await source.startRun();
  await source.set(
    sql`update voxport_ops.windows set run_id = ${next} where source_id = ${source.sourceId} and state = 'open'`,
  );
  await cancelRun(source.kysely, next);
  await backfillADay(source);
  expect(await watermarkOf(source)).toBeNull();
});

test('a first sync was divided, a part failed, its failed window was set aside, and nothing came in its place: it does not count as listed', async () => {
  const source = await pipeline.newSource();
  const part = await divideFirstSync(source);
  await failListing(source.kysely, {
    sourceId: source.sourceId,
    stage: 'list',
    conversationId: null,
    windowId: part.windowId,
    runId: part.runId,
    code: 'server_error',
    message: 'the list cannot be had',
    status: 500,
    attempts: 8,
    payloadId: null,
  });
  await source.set(sql`update voxport_ops.windows set state = 'cancelled' where window_id = ${part.windowId}`);
  await backfillADay(source);
  expect(await watermarkOf(source)).toBeNull();
});

test('what a cancelled run had listed and not fetched is listed again by the next sync, and nothing beside it', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const begin = await source.window({ range: { after: day('01'), before: day('04') } });
  await savePage(kysely, { window: begin, page: pageOf([listed('kept', 'x', day('02'))]) });
  const window = await source.window({ range: { after: day('04'), before: day('20') } });
  await savePage(kysely, { window, page: pageOf([listed('given-up', 'x', day('05')), listed('too', 'x', day('06'))]) });
  await cancelRun(kysely, window.runId);

  const sync = await startSync(kysely, { sourceId, filters: {}, since: day('01'), lookbackSecs: 60 });
  const ranges = sync!.windows.map(({ range }) => range).filter(({ before }) => before < day('20'));
  expect(ranges.toSorted((a, b) => a.before.getTime() - b.before.getTime())).toEqual([
    { after: day('05'), before: new Date(day('05').getTime() + 3_600_000) },
    { after: day('06'), before: new Date(day('06').getTime() + 3_600_000) },
  ]);
  const again = sync!.windows.find(({ range }) => range.after?.getTime() === day('05').getTime())!;
  const saved = await savePage(kysely, { window: again, page: pageOf([listed('given-up', 'x', day('05'))]) });
  expect(saved).toMatchObject({ kind: 'saved', wanted: [{ conversationId: 'given-up' }] });
});
