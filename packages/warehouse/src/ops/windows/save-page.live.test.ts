import { afterAll, beforeAll, expect, test } from 'vitest';
import { listed, openTestPipeline, pageOf } from '../ops-testing.ts';
import { savePage } from './save-page.ts';
import { readSource } from '../sources.ts';
import { readWindow } from './windows.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test('a page moves the checkpoint, the last one ends the window', async () => {
  const source = await pipeline.newSource();
  const { kysely } = source;
  const window = await source.window();
  const first = await savePage(kysely, { window, page: pageOf([listed('a')], { hasMore: true, nextCursor: 'two' }) });
  expect(first).toMatchObject({ kind: 'saved', wanted: [{ conversationId: 'a' }] });
  const next = (await readWindow(kysely, window.windowId))!;
  expect(next).toMatchObject({ state: 'open', cursor: 'two', nextPage: 1 });
  // A proxy gives a cursor with its last page too: it is not kept.
  await savePage(kysely, { window: next, page: pageOf([listed('b')], { nextCursor: 'three' }) });
  expect(await readWindow(kysely, window.windowId)).toMatchObject({ state: 'listed', cursor: null, nextPage: 2 });
});

test('a page that another delivery has saved already is stale, and writes nothing', async () => {
  const source = await pipeline.newSource();
  const { kysely, sourceId } = source;
  const window = await source.window();
  await savePage(kysely, { window, page: pageOf([], { hasMore: true, nextCursor: 'two' }) });
  expect(await savePage(kysely, { window, page: pageOf([listed('late')]) })).toEqual({ kind: 'stale' });
  expect(await readWindow(kysely, window.windowId)).toMatchObject({ state: 'open', nextPage: 1, cursor: 'two' });
  await expect(source.inventory('late')).rejects.toThrow('there is no late');
  expect((await readSource(kysely, sourceId))!.watermarkAt).toBeNull();
});

test('of two deliveries of a page at once, one saves it', async () => {
  const source = await pipeline.newSource();
  const window = await source.window();
  const page = pageOf([listed('a')], { hasMore: true, nextCursor: 'two' });
  const saved = await Promise.all(Array.from({ length: 4 }, () => savePage(source.kysely, { window, page })));
  expect(saved.map(({ kind }) => kind).toSorted()).toEqual(['saved', 'stale', 'stale', 'stale']);
  expect(await readWindow(source.kysely, window.windowId)).toMatchObject({ nextPage: 1 });
});

test('rows without an id end in one open failure of the source, however often they are listed, and the page counts', async () => {
  const source = await pipeline.newSource();
  const unusableRows = [{ agent_id: 'x', '+41795550123': 'Jane Doe' }, 'text'];
  for (let sync = 0; sync < 3; sync += 1) {
    const window = await source.window();
    await savePage(source.kysely, { window, page: pageOf([listed('a')], { unusableRows }) });
  }
  const failures = await source.failures();
  expect(failures).toMatchObject([{ stage: 'list', error_class: 'unusable_payload', attempts: 6, resolved_at: null }]);
  expect(failures[0]!['message']).toMatch(
    /^2 rows of page 0 of window \d+ are not conversations: the first is an object of 2 keys without an id\./,
  );
  expect(JSON.stringify(failures)).not.toMatch(/Jane|41795550123/u);
  expect(await source.inventory('a')).toMatchObject({ state: 'discovered' });
});
