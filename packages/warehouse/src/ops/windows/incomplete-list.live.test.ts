import { sql } from 'kysely';
import type { ConversationPage } from '@voxport/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listed, openTestPipeline, pageOf, type TestSource } from '../ops-testing.ts';
import { savePage } from './save-page.ts';
import { readSource } from '../sources.ts';
import { readWindow, type Window } from './windows.ts';

let pipeline: Awaited<ReturnType<typeof openTestPipeline>>;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const counted = (page: ConversationPage, totalCount: number | null): ConversationPage => ({ ...page, totalCount });
const first = (ids: readonly string[]): ConversationPage =>
  pageOf(
    ids.map((id) => listed(id)),
    { hasMore: true, nextCursor: 'next' },
  );
const last = (ids: readonly string[]): ConversationPage => pageOf(ids.map((id) => listed(id)));

/** Saves pages as they would come, one after the other; returns what became of the last, and the window. */
async function save({ kysely }: TestSource, { windowId }: Window, pages: readonly ConversationPage[]) {
  let saved: Awaited<ReturnType<typeof savePage>> | null = null;
  for (const page of pages) saved = await savePage(kysely, { window: (await readWindow(kysely, windowId))!, page });
  return { saved, window: (await readWindow(kysely, windowId))! };
}

test('rows are counted over all pages, and as many as counted is enough', async () => {
  const source = await pipeline.newSource();
  const { saved, window } = await save(source, await source.window(), [
    counted(first(['a', 'b']), 3),
    counted(last(['c']), 3),
  ]);
  expect(saved).toMatchObject({ kind: 'saved', listAgain: null });
  expect(window.state).toBe('listed');
  await source.set(sql`update voxport_ops.sources set list_since = ${window.range.after!.toISOString()}`);
  expect((await readSource(source.kysely, source.sourceId))?.watermarkAt).toEqual(window.range.before);
});

test('rows outside the window and unusable ones count, for the source counts them too', async () => {
  const source = await pipeline.newSource();
  const page = { ...pageOf([listed('a')], { unusableRows: ['?'] }), rowCount: 4, totalCount: 4 };
  expect((await save(source, await source.window(), [page])).window.state).toBe('listed');
});

test('calls that go while the pages are read are not missing: the least count is owed', async () => {
  const source = await pipeline.newSource();
  const pages = [counted(first(['a', 'b']), 5), counted(last(['c']), 3)];
  expect((await save(source, await source.window(), pages)).window.state).toBe('listed');
});

test('a source that tells no count is believed', async () => {
  const source = await pipeline.newSource();
  expect((await save(source, await source.window(), [last([])])).window.state).toBe('listed');
});

test('too few rows: the window is listed again from its start, three times, and has then failed; what came is kept', async () => {
  const source = await pipeline.newSource();
  const window = await source.window();
  for (const times of [1, 2, 3]) {
    const again = await save(source, window, [counted(first(['a']), 4), counted(last(['b']), 4)]);
    expect(again.saved).toMatchObject({ listAgain: { page: times * 2, times } });
    expect(again.window).toMatchObject({ state: 'open', cursor: null, nextPage: times * 2 });
    expect(await source.failures()).toEqual([]);
  }
  const end = await save(source, window, [counted(first(['a']), 4), counted(last(['b']), 4)]);
  expect(end.saved).toMatchObject({ kind: 'saved', listAgain: null });
  expect(end.window.state).toBe('failed');
  expect(await source.failures()).toMatchObject([
    { stage: 'list', error_class: 'incomplete_list', attempts: 4, window_id: window.windowId },
  ]);
  expect(await source.inventory('b')).toMatchObject({ state: 'discovered' });
  expect((await readSource(source.kysely, source.sourceId))?.watermarkAt).toBeNull();
});

test('a listing that brings the rest after all is complete, and counts from its start', async () => {
  const source = await pipeline.newSource();
  const window = await source.window();
  await save(source, window, [counted(last(['a', 'b']), 4)]);
  expect((await save(source, window, [counted(last(['a', 'b', 'c']), 4)])).window.state).toBe('open');
  expect((await save(source, window, [counted(last(['a', 'b', 'c', 'd']), 4)])).window.state).toBe('listed');
});
