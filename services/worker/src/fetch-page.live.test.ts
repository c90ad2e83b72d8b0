import { TerminalFailure, type ConversationPage, type ListedConversation, type TimeRange } from '@voxport/domain';
import type { JobPayloads } from '@voxport/jobs';
import { createTestDatabase } from '@voxport/testkit';
import {
  connectDatabase,
  insertWindows,
  migrateDatabase,
  openSourceStore,
  readSource,
  registerSource,
  runQuery,
  startRun,
  type Window,
} from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { makeFetchPage } from './fetch-page.ts';

const sourceId = 'support';
const range = { after: new Date('2026-09-01T00:00:00Z'), before: new Date('2026-09-02T00:00:00Z') };
const startSecs = range.after.getTime() / 1000;

type ListPage = (window: Window, call: number) => ConversationPage;

/** A call that starts so many seconds into the range. */
function called(conversationId: string, secs: number): ListedConversation {
  return {
    conversationId,
    agentId: null,
    startedAt: new Date((startSecs + secs) * 1000),
    status: 'done',
    isTerminal: true,
    fingerprint: conversationId,
    row: {},
  };
}

function page(conversations: readonly ListedConversation[], nextCursor: string | null): ConversationPage {
  return {
    conversations,
    nextCursor,
    hasMore: nextCursor !== null,
    rowCount: conversations.length,
    totalCount: null,
    unusableRows: [],
  };
}

/** An API over calls, newest first, whose cursor is a place in the list, some rows a page. */
function listOf(calls: () => readonly ListedConversation[], pageSize: number) {
  return ({ range: { after, before }, cursor }: Pick<Window, 'range' | 'cursor'>): ConversationPage => {
    const rows = calls()
      .filter(({ startedAt }) => startedAt! < before && (after === null || startedAt! >= after))
      .toSorted((a, b) => b.startedAt!.getTime() - a.startedAt!.getTime());
    const from = cursor === null ? 0 : rows.findIndex(({ conversationId }) => conversationId === cursor) + 1;
    const listed = rows.slice(from, from + pageSize);
    return page(listed, from + pageSize < rows.length ? listed.at(-1)!.conversationId : null);
  };
}

/** Runs page jobs one after the other, as a queue with one worker would, until none is left. */
async function listWindows(options: {
  ranges: readonly TimeRange[];
  listPage: ListPage;
  isOrderKnown?: boolean;
  hasRoom?: boolean;
  split?: { pagesMax: number; partsMax: number };
  onPage?: (watermark: Date | null, openWindows: number) => void;
}) {
  await using warehouse = await createTestDatabase({
    template: { name: 'warehouse', prepare: async (url) => void (await migrateDatabase({ url, onWarning: () => {} })) },
  });
  await using database = connectDatabase({
    url: warehouse.url,
    poolSizeMax: 4,
    applicationName: 'test',
    onPoolError: () => {},
  });
  const { kysely } = database;
  await registerSource(kysely, { sourceId, dialect: 'elevenlabs', baseUrl: 'http://localhost' });
  const runId = await startRun(kysely, { kind: 'sync', sourceId, range: null, filters: {} });
  const since = options.ranges.at(-1)!.after?.toISOString();
  if (since !== undefined) await runQuery(kysely, `update voxport_ops.sources set list_since = '${since}'`);
  const windows = await insertWindows(kysely, {
    runId,
    sourceId,
    ranges: options.ranges,
    filters: {},
    priority: 'live',
    origin: 'poll',
  });
  const jobs: JobPayloads['list-page'][] = windows.map(({ windowId }) => ({ windowId, page: 0, runId }));
  let calls = 0;
  const enqueued: string[] = [];
  const fetchPage = makeFetchPage({
    ...openSourceStore(kysely, sourceId),
    listPage: async (window) => options.listPage(window, (calls += 1)),
    enqueuePage: async (job) => void jobs.push(job),
    enqueueConversations: async (wanted) => void enqueued.push(...wanted.map(({ conversationId }) => conversationId)),
    hasRoom: async () => options.hasRoom ?? true,
    isOrderKnown: options.isOrderKnown ?? true,
    ...(options.split === undefined ? {} : { split: options.split }),
  });
  let failure: unknown = null;
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    try {
      await fetchPage(job, { signal: new AbortController().signal, attempt: 1 });
    } catch (error) {
      failure = error;
      break;
    }
    const [open] = await runQuery(kysely, `select count(*) from voxport_ops.windows where state = 'open'`);
    options.onPage?.((await readSource(kysely, sourceId))?.watermarkAt ?? null, Number(open?.['count']));
    expect(calls, 'the listing ends').toBeLessThan(500);
  }
  return {
    calls,
    enqueued,
    failure,
    listed: (await runQuery(kysely, 'select conversation_id, generation from voxport_ops.inventory order by 1')).map(
      (row) => `${String(row['conversation_id'])} ${String(row['generation'])}`,
    ),
    windows: await runQuery(
      kysely,
      'select state, restarts, pages, range_after, range_before, split_from is not null as is_part from voxport_ops.windows order by window_id',
    ),
    watermark: (await readSource(kysely, sourceId))?.watermarkAt ?? null,
  };
}

/** Calls at which many share a second. */
const tiedCalls = Array.from({ length: 60 }, (_, index) =>
  called(`c${String(index).padStart(2, '0')}`, Math.floor(index / 7) * 40),
);
const everyCall = tiedCalls.map(({ conversationId }) => `${conversationId} 1`);
const before = new Date('2026-09-01T01:00:00Z');

test('a window with too many pages is divided: every call is listed once in effect, ties on the edges included, and the watermark waits for all parts', async () => {
  for (const after of [range.after, null]) {
    const watermarks: (Date | null)[] = [];
    const result = await listWindows({
      ranges: [{ after, before }],
      listPage: listOf(() => tiedCalls, 3),
      split: { pagesMax: 3, partsMax: 4 },
      onPage: (watermark, openWindows) => openWindows > 0 && watermarks.push(watermark),
    });
    expect(result.failure).toBeNull();
    expect(result.listed).toEqual(everyCall);
    expect(result.windows.filter((window) => window['is_part']).length).toBeGreaterThan(2);
    expect(result.windows.every((window) => window['state'] === 'listed')).toBe(true);
    for (const watermark of watermarks) {
      // While a part is open, what is certain reaches no further than the beginning of that part.
      expect(watermark === null || watermark < before).toBe(true);
    }
    expect(result.watermark).toEqual(before);
  }
});

test('details for which the queue has no room are not enqueued, and are wanted all the same', async () => {
  for (const hasRoom of [true, false]) {
    const result = await listWindows({
      ranges: [{ after: null, before }],
      listPage: listOf(() => tiedCalls, 50),
      hasRoom,
    });
    expect(result.listed).toEqual(everyCall);
    expect(result.enqueued).toHaveLength(hasRoom ? everyCall.length : 0);
  }
});

test('a window is not divided without end: a run has so many open windows at most', async () => {
  let openMax = 0;
  const many = Array.from({ length: 1200 }, (_, index) =>
    called(`c${index}`, Math.floor(3500 * (1 - Math.sqrt(index / 1200)))),
  );
  const result = await listWindows({
    ranges: [{ after: null, before }],
    listPage: listOf(() => many, 4),
    split: { pagesMax: 2, partsMax: 8 },
    onPage: (_watermark, openWindows) => (openMax = Math.max(openMax, openWindows)),
  });
  expect(result.listed).toHaveLength(1200);
  expect(openMax).toBeGreaterThan(8);
  expect(openMax).toBeLessThanOrEqual(24);
}, 60_000);

test('an expired cursor begins this window again from the oldest second seen, not from its end', async () => {
  const list = listOf(() => tiedCalls, 10);
  const result = await listWindows({
    ranges: [range],
    listPage: (window, call) => {
      if (call === 5) throw new TerminalFailure('cursor_expired', 'expired');
      return list(window);
    },
  });
  expect(result.listed).toEqual(everyCall);
  // 6 pages, one refused request, and at most one page more for the second that is listed twice.
  expect(result.calls).toBeLessThanOrEqual(8);
  expect(result.windows).toMatchObject([{ state: 'listed', restarts: 1 }]);
});

test('a proxy whose order nobody knows is listed from the end of the window again', async () => {
  // By id, which is no order of time.
  const calls = tiedCalls
    .toSorted((a, b) => (a.conversationId < b.conversationId ? 1 : -1))
    .map((row, index) => ({
      ...row,
      startedAt: new Date((startSecs + ((index * 37) % 60)) * 1000),
    }));
  const list = ({ cursor }: Pick<Window, 'cursor'>): ConversationPage => {
    const from = cursor === null ? 0 : Number(cursor);
    return page(calls.slice(from, from + 10), from + 10 < calls.length ? String(from + 10) : null);
  };
  for (const isOrderKnown of [true, false]) {
    const result = await listWindows({
      ranges: [range],
      isOrderKnown,
      split: { pagesMax: 2, partsMax: 4 },
      listPage: (window, call) => {
        if (call === 4) throw new TerminalFailure('cursor_expired', 'expired');
        return list(window);
      },
    });
    expect(result.listed).toEqual(everyCall);
    expect(result.calls).toBe(3 + 1 + 6);
  }
});

test('a cursor that loops over several pages is left, and the rest of the window is listed', async () => {
  const list = listOf(() => tiedCalls, 10);
  let broken = true;
  const result = await listWindows({
    ranges: [range],
    listPage: (window) => {
      const listed = list(window);
      // Page 3 points back to page 2, for as long as the listing has not begun anew.
      if (window.cursor === null && window.restarts > 0) broken = false;
      const [, second] = [
        list({ range, cursor: null }),
        list({ range, cursor: list({ range, cursor: null }).nextCursor }),
      ];
      return broken && window.cursor === second?.nextCursor
        ? { ...listed, nextCursor: list({ range, cursor: null }).nextCursor }
        : listed;
    },
  });
  expect(result.failure).toBeNull();
  expect(result.listed).toEqual(everyCall);
  expect(result.windows).toMatchObject([{ state: 'listed', restarts: 1 }]);
});

test('a source that loops whatever is asked is given up, with what it listed kept', async () => {
  const list = listOf(() => tiedCalls, 10);
  const result = await listWindows({
    ranges: [range],
    listPage: (_window, call) => ({
      ...list({ range, cursor: null }),
      nextCursor: `cursor ${call % 2}`,
      hasMore: true,
    }),
  });
  expect(result.failure).toMatchObject({ name: 'TerminalFailure', code: 'malformed_response' });
  expect(result.listed).toHaveLength(10);
  expect(result.calls).toBeLessThan(40);
  expect(result.watermark).toBeNull();
});

test('a page that repeats under a new cursor, and empty pages that say there is more, lose nothing', async () => {
  const list = listOf(() => tiedCalls, 10);
  let last: ConversationPage | null = null;
  const result = await listWindows({
    ranges: [range],
    listPage: (window, call) => {
      // The third answer is the second again; the cursor that comes with it is the right one.
      if (call === 3) return { ...last!, nextCursor: last!.nextCursor === window.cursor ? 'again' : last!.nextCursor };
      if (call === 6) return page([], `empty ${window.cursor}`);
      last = list({ ...window, cursor: window.cursor?.replace('empty ', '') ?? null });
      return last;
    },
  });
  expect(result.failure).toBeNull();
  expect(result.listed).toEqual(everyCall);
});

test('calls that arrive while pages are read belong to this window or the next, and none is lost', async () => {
  const calls = [...tiedCalls];
  const list = listOf(() => calls, 10);
  const result = await listWindows({
    ranges: [{ after: null, before }],
    split: { pagesMax: 2, partsMax: 3 },
    listPage: (window, call) => {
      // Newer than all that is listed, within the window.
      calls.push(called(`new${call}`, 1000 + call));
      return list(window);
    },
  });
  expect(result.failure).toBeNull();
  expect(result.listed).toEqual(expect.arrayContaining(everyCall));
  // The watermark says no more than when the window was planned: the next sync lists what came since.
  expect(result.watermark).toEqual(before);
});
