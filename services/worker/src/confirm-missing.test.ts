import { TerminalFailure, TransientFailure, type ConversationPage } from '@voxport/domain';
import { expect, test } from 'vitest';
import { makeConfirmMissing } from './confirm-missing.ts';

const { signal } = new AbortController();
const start = new Date('2026-09-10T12:00:00Z');
const gone = new TerminalFailure('not_found', '404', { status: 404 });
const html = new TransientFailure('not_the_api', 'a page', { status: 404 });

function confirming(pages: readonly (readonly string[])[], startedAt: Date | null = start) {
  const asked: unknown[] = [];
  const confirm = makeConfirmMissing({
    sourceId: 'support',
    readStart: async () => startedAt,
    listPage: async (request) => {
      const page = Number(request.cursor ?? 0);
      asked.push(request);
      const conversations = (pages[page] ?? []).map((conversationId) => ({ conversationId }));
      const hasMore = page + 1 < pages.length;
      return { conversations, hasMore, nextCursor: hasMore ? String(page + 1) : null } as unknown as ConversationPage;
    },
  });
  return { asked, fails: (error: unknown) => confirm('conv_1', error, signal) };
}

test('a 404 is a deletion only where the list does not show the conversation either', async () => {
  const { fails, asked } = confirming([['conv_2'], ['conv_3']]);
  expect(await fails(gone)).toBe(gone);
  expect(asked).toEqual([
    { range: { after: new Date('2026-09-10T11:59:59Z'), before: new Date('2026-09-10T12:00:02Z') }, cursor: null },
    { range: expect.anything(), cursor: '1' },
  ]);
  expect(await confirming([], null).fails(gone)).toBe(gone);
});

test('one that the list shows is no deletion, whether the API or a front end answers 404', async () => {
  for (const error of [gone, html]) {
    expect(await confirming([['conv_2'], ['conv_1']]).fails(error)).toMatchObject({
      name: 'TransientFailure',
      code: 'detail_missing',
      status: 404,
    });
  }
  expect(await confirming([['conv_2']]).fails(html)).toBe(html);
});

test('a second with more pages than are read does not make a deletion', async () => {
  const pages = Array.from({ length: 30 }, (_, index) => [`other_${index}`]);
  expect(await confirming(pages).fails(gone)).toMatchObject({ code: 'detail_missing' });
});

test('any other failure asks for no list', async () => {
  const { fails, asked } = confirming([['conv_1']]);
  for (const error of [new TransientFailure('server_error', '500', { status: 500 }), new TypeError('bug')])
    expect(await fails(error)).toBe(error);
  expect(asked).toEqual([]);
});
