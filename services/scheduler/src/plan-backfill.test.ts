import { expect, test } from 'vitest';
import type { TimeRange } from '@voxport/domain';
import type { Window } from '@voxport/warehouse';
import { makePlanBackfill } from './plan-backfill.ts';

async function plan(range: TimeRange) {
  const inserted: TimeRange[] = [];
  const enqueued: unknown[] = [];
  const planBackfill = makePlanBackfill({
    insertWindows: async (_runId, ranges, filters) => {
      inserted.push(...ranges);
      return ranges.map(
        (one, index) => ({ windowId: index, nextPage: 0, priority: 'backfill', range: one, filters }) as Window,
      );
    },
    enqueuePage: async (page, priority) => void enqueued.push([page, priority]),
  });
  await planBackfill(9, range, { agent_id: 'a' });
  return { inserted, enqueued };
}

const range = { after: new Date('2026-09-01T00:00:00Z'), before: new Date('2026-09-09T00:00:00Z') };

test('a range is listed in windows in parallel, the newest first, each with its first page enqueued behind everything urgent', async () => {
  const { inserted, enqueued } = await plan(range);
  expect(inserted).toHaveLength(8);
  expect(inserted[0]!.before).toEqual(range.before);
  expect(inserted.at(-1)!.after).toEqual(range.after);
  expect(enqueued).toEqual(inserted.map((_, windowId) => [{ windowId, page: 0, runId: 9 }, 'backfill']));
});

test('a range without a beginning is one window', async () => {
  const { inserted } = await plan({ after: null, before: range.before });
  expect(inserted).toEqual([{ after: null, before: range.before }]);
});
