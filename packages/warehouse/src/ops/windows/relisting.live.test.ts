import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listed, openTestPipeline, pageOf } from '../ops-testing.ts';
import { countRun } from '../runs/runs.ts';
import { savePage } from './save-page.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test('a listing that begins again, and calls that tie at the edge of a page, are counted once', async () => {
  const source = await pipeline.newSource();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => listed(id));
  await source.list([a!, b!, c!]);
  await source.set(sql`update voxport_ops.inventory set state = 'loaded' where source_id = ${source.sourceId}`);
  const window = await source.window();
  const more = { hasMore: true, nextCursor: 'next' };
  await savePage(source.kysely, { window, page: pageOf([a!, b!], more) });
  await savePage(source.kysely, { window: { ...window, nextPage: 1 }, page: pageOf([b!, c!], more) });
  expect(await countRun(source.kysely, window.runId)).toMatchObject({ listed: 3, unchanged: 3 });
  // One of them changes before the listing begins again: it was up to date, and is wanted now.
  const changed = listed('b', 'second');
  await savePage(source.kysely, { window: { ...window, nextPage: 2 }, page: pageOf([a!, changed, c!]) });
  expect(await countRun(source.kysely, window.runId)).toMatchObject({ listed: 3, unchanged: 2, pending: 1 });
});
