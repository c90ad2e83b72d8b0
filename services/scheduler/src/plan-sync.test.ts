import { expect, test } from 'vitest';
import type { TimeRange } from '@voxport/domain';
import type { JobPayloads } from '@voxport/jobs';
import type { SourceState, Window } from '@voxport/warehouse';
import { makePlanSync, type PlanSyncDependencies } from './plan-sync.ts';

const at = (time: string): Date => new Date(`2026-09-10T${time}Z`);
const now = at('12:00:00');

const windowOf = (windowId: number, range: TimeRange, nextPage = 0): Window =>
  ({ windowId, runId: 1, range, nextPage, lane: 'live', state: 'open' }) as Window;

function planning(options: { watermark?: Date; adopted?: readonly Window[]; superseded?: number; since?: Date }) {
  const ranges: TimeRange[] = [];
  const pages: JobPayloads['list-page'][] = [];
  const steps: string[] = [];
  const dependencies: PlanSyncDependencies = {
    lookbackSecs: 3600,
    since: options.since ?? null,
    now: () => now,
    adoptListScope: async () => {
      steps.push('scope');
      return false;
    },
    readSource: async () => {
      steps.push('read');
      return { watermarkAt: options.watermark ?? null } as SourceState;
    },
    adoptOpenSyncWindows: async () => options.adopted ?? [],
    supersedeFailedWindows: async () => options.superseded ?? 0,
    insertWindows: async (_runId, planned) => {
      ranges.push(...planned);
      return planned.map((range, index) => windowOf(100 + index, range));
    },
    enqueuePage: async (page) => void pages.push(page),
  };
  return { planSync: makePlanSync(dependencies), ranges, pages, steps };
}

test('a first sync lists from the beginning, or from the time that is configured', async () => {
  const first = planning({});
  await first.planSync(7);
  expect(first.ranges).toEqual([{ after: null, before: at('12:00:02') }]);
  expect(first.pages).toEqual([{ windowId: 100, page: 0, runId: 7 }]);
  const since = planning({ since: at('03:00:00') });
  await since.planSync(7);
  expect(since.ranges).toMatchObject([{ after: at('03:00:00') }]);
});

test('a later sync lists from the watermark less the lookback', async () => {
  const { planSync, ranges } = planning({ watermark: at('11:55:00') });
  await planSync(7);
  expect(ranges).toEqual([{ after: at('10:55:00'), before: at('12:00:02') }]);
});

test('what an interrupted sync left goes on at its page, and the new window begins where that ends', async () => {
  const left = windowOf(50, { after: null, before: at('11:30:00') }, 4);
  const { planSync, ranges, pages } = planning({ adopted: [left] });
  await planSync(7);
  expect(ranges).toMatchObject([{ after: at('10:30:00') }]);
  expect(pages).toEqual([
    { windowId: 50, page: 4, runId: 7 },
    { windowId: 100, page: 0, runId: 7 },
  ]);
});

test('after a window has failed the new one covers everything from the watermark, whatever later windows are still open', async () => {
  const later = windowOf(50, { after: at('11:00:00'), before: at('11:30:00') });
  const { planSync, ranges } = planning({ watermark: at('09:00:00'), adopted: [later], superseded: 1 });
  await planSync(7);
  expect(ranges).toMatchObject([{ after: at('08:00:00') }]);
});

test('the watermark is read after a change of the filters has dropped it', async () => {
  const { planSync, steps } = planning({});
  await planSync(7);
  expect(steps).toEqual(['scope', 'read']);
});
