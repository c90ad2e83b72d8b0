import { expect, test } from 'vitest';
import type { JobPayloads } from '@voxport/jobs';
import type { StartedSync, Window } from '@voxport/warehouse';
import { makePlanSync } from './plan-sync.ts';

test('the windows that are planned are enqueued, each at its page, for the run that was begun or given', async () => {
  const pages: [JobPayloads['list-page'], string][] = [];
  const windows = [
    { windowId: 1, nextPage: 0, priority: 'live' },
    { windowId: 2, nextPage: 3, priority: 'backfill' },
  ] as Window[];
  const planSync = makePlanSync({
    startSync: async (runId) => ({ runId: runId ?? 8, windows }),
    enqueuePage: async (page, priority) => void pages.push([page, priority]),
  });
  expect(await planSync(7)).toBe(7);
  expect(await planSync(null)).toBe(8);
  expect(pages.slice(2)).toEqual([
    [{ windowId: 1, page: 0, runId: 8 }, 'live'],
    [{ windowId: 2, page: 3, runId: 8 }, 'backfill'],
  ]);
});

test('where there is nothing to list no run is begun', async () => {
  const startSync = async (): Promise<StartedSync | null> => null;
  expect(await makePlanSync({ startSync, enqueuePage: async () => {} })(null)).toBeNull();
});
