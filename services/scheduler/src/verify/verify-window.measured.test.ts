import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ConversationPage, TimeRange } from '@voxport/domain';
import { createTestDatabase } from '@voxport/testkit';
import {
  connectDatabase,
  migrateDatabase,
  openSourceStore,
  registerSource,
  runQuery,
  type Database,
} from '@voxport/warehouse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeVerifyWindow } from './verify-window.ts';
import { makeWalkRange } from './walk-range.ts';

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const created = await createTestDatabase({
    template: { name: 'warehouse', prepare: async (url) => void (await migrateDatabase({ url, onWarning: () => {} })) },
  });
  database = connectDatabase({ url: created.url, poolSizeMax: 4, applicationName: 'test', onPoolError: () => {} });
  drop = () => created.drop();
});
afterAll(async () => {
  await database.close();
  await drop();
});

// A week at 100,000 calls a day.
const callsPerDay = 100_000;
const days = 7;
const pageSize = 100;
const weekEndsMs = Date.UTC(2026, 8, 28);
const week: TimeRange = { after: new Date(weekEndsMs - days * 86_400_000), before: new Date(weekEndsMs) };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What the process holds after a collection, in MiB: objects, and the bytes of buffers. */
function heldMiB(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 ** 2;
}

/** A page of the list, made when it is asked for; its rows are as large as those of the API. */
function pageAt(index: number, calls: number): ConversationPage {
  const conversations = Array.from({ length: pageSize }, (_, row) => {
    const number = index * pageSize + row;
    const conversationId = `conv_${number.toString(36).padStart(26, '0')}`;
    const startedAt = new Date(Math.floor((weekEndsMs - 1000 - number * (86_400_000 / callsPerDay)) / 1000) * 1000);
    const summary = `${conversationId} ${'x'.repeat(600)}`;
    return {
      conversationId,
      agentId: 'agent',
      startedAt,
      status: 'done',
      isTerminal: true,
      fingerprint: conversationId,
      row: { conversation_id: conversationId, transcript_summary: summary },
    };
  });
  const hasMore = (index + 1) * pageSize < calls;
  const nextCursor = hasMore ? String(index + 1) : null;
  return { conversations, hasMore, nextCursor, rowCount: pageSize, totalCount: null, unusableRows: [] };
}

test('a window of 700,000 conversations, all of them missing, is verified in the memory of one page', async () => {
  const { kysely } = database;
  const sourceId = 'large';
  await registerSource(kysely, { sourceId, dialect: 'elevenlabs', baseUrl: 'http://127.0.0.1' });
  const calls = callsPerDay * days;
  const held: number[] = [];
  const verifyWindow = makeVerifyWindow({
    ...openSourceStore(kysely, sourceId),
    sourceId,
    filters: {},
    walkRange: makeWalkRange({
      isOrderKnown: true,
      listPage: async (_range, cursor) => {
        const index = cursor === null ? 0 : Number(cursor);
        // The first pages fill caches, and a thousand ids of each kind of gap are kept for the report.
        if (index % 500 === 100) held.push(heldMiB());
        return pageAt(index, calls);
      },
    }),
    wantListed: async () => [],
    enqueueConversations: async () => {},
  });
  const { certificate, gaps } = await verifyWindow(week, null, new AbortController().signal);
  expect(certificate).toMatchObject({ listed: calls, missing: calls, extra: 0, requests: calls / pageSize });
  expect(gaps.missing).toHaveLength(1000);
  expect(await runQuery(kysely, 'select count(*) from voxport_ops.verified_ids')).toEqual([{ count: 0 }]);
  // Held whole it would be 700,000 rows of a kilobyte.
  const grownMiB = Math.max(...held) - held[0]!;
  console.log(
    `${held.length} measurements, ${held[0]!.toFixed(1)} MiB at first, at most ${grownMiB.toFixed(1)} MiB more`,
  );
  expect(held.length).toBeGreaterThan(10);
  expect(grownMiB).toBeLessThan(8);
}, 1_200_000);
