import { TerminalFailure, TransientFailure, type ConversationPage } from '@voxport/domain';
import { describe, expect, test } from 'vitest';
import { makeConfirmMissing, type ConfirmMissingDependencies } from './confirm-missing.ts';

const { signal } = new AbortController();
const start = new Date('2026-09-10T12:00:00Z');
const gone = new TerminalFailure('not_found', '404', { status: 404 });
const html = new TransientFailure('not_the_api', 'a page', { status: 404 });

interface Row {
  readonly conversationId: string;
  readonly startedAt?: Date;
}

function confirming(pages: readonly (readonly string[])[], startedAt: Date | null = start) {
  return confirmingRows(
    pages.map((ids) => ids.map((conversationId) => ({ conversationId }))),
    { readListedStart: async () => startedAt, isOrderKnown: false },
  );
}

function confirmingRows(
  pages: readonly (readonly Row[])[],
  options: Pick<ConfirmMissingDependencies, 'readListedStart' | 'isOrderKnown' | 'nowMs'>,
) {
  const asked: unknown[] = [];
  const confirm = makeConfirmMissing({
    sourceId: 'support',
    ...options,
    listPage: async (request) => {
      const page = Number(request.cursor ?? 0);
      asked.push(request);
      const conversations = pages[page] ?? [];
      const hasMore = page + 1 < pages.length;
      return { conversations, hasMore, nextCursor: hasMore ? String(page + 1) : null } as unknown as ConversationPage;
    },
  });
  return { asked, confirm, fails: (error: unknown) => confirm('conv_1', error, signal) };
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

describe('many at one time', () => {
  const at = (secs: number) => new Date(start.getTime() - secs * 1000);
  const rows = Array.from({ length: 100 }, (_, index) => ({
    conversationId: `conv_${index}`,
    startedAt: at(index * 10),
  }));
  const readListedStart = async ({ conversationId }: { conversationId: string }) =>
    at(Number(conversationId.slice(5)) * 10);

  test('are judged by one page of a list whose order is known, from the newest one down', async () => {
    const shown = rows.filter((_, index) => index !== 40);
    const { confirm, asked } = confirmingRows([shown, []], { readListedStart, isOrderKnown: true });
    const judged = await Promise.all(rows.slice(0, 99).map((row) => confirm(row.conversationId, gone, signal)));
    expect(asked).toEqual([{ range: { after: null, before: new Date('2026-09-10T12:00:02Z') }, cursor: null }]);
    expect(judged.flatMap((error, index) => (error === gone ? [index] : []))).toEqual([40]);
    expect(judged.filter((error) => error instanceof TransientFailure)).toHaveLength(98);
  });

  test('one after the other as well, as long as what was read is fresh; asked about again, the list is read anew', async () => {
    let nowMs = 0;
    const { confirm, asked } = confirmingRows([rows, []], { readListedStart, isOrderKnown: true, nowMs: () => nowMs });
    for (const { conversationId } of rows.slice(0, 99)) await confirm(conversationId, gone, signal);
    expect(asked).toHaveLength(1);
    await confirm('conv_7', gone, signal);
    expect(asked).toHaveLength(2);
    nowMs = 3001;
    await confirm('conv_50', gone, signal);
    expect(asked).toHaveLength(3);
  });

  test('nothing is said of the last second of a page, which may continue on the next one', async () => {
    const tied = [
      { conversationId: 'conv_0', startedAt: at(0) },
      { conversationId: 'conv_5', startedAt: at(50) },
    ];
    const { confirm, asked } = confirmingRows([tied, [{ conversationId: 'conv_x', startedAt: at(50) }]], {
      readListedStart: async ({ conversationId }) => at(conversationId === 'conv_0' ? 0 : 50),
      isOrderKnown: true,
    });
    const judged = await Promise.all(['conv_0', 'conv_x'].map((id) => confirm(id, gone, signal)));
    expect(judged.every((error) => error instanceof TransientFailure)).toBe(true);
    expect(asked).toHaveLength(3);
  });

  test('fail with what the list failed with, all of them, and the next ones ask again', async () => {
    const failure = new TransientFailure('server_error', '500', { status: 500 });
    let fails = true;
    const confirm = makeConfirmMissing({
      sourceId: 'support',
      readListedStart,
      isOrderKnown: true,
      listPage: async () => {
        if (fails) throw failure;
        return { conversations: [], hasMore: false, nextCursor: null } as unknown as ConversationPage;
      },
    });
    const ended = await Promise.allSettled(['conv_1', 'conv_2'].map((id) => confirm(id, gone, signal)));
    expect(ended).toEqual([1, 2].map(() => ({ status: 'rejected', reason: failure })));
    fails = false;
    expect(await confirm('conv_1', gone, signal)).toBe(gone);
  });
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
