import type { WantedDetail } from '@voxport/domain';
import { expect, test } from 'vitest';
import type { QueueDepth } from '@voxport/jobs';
import type { Window } from '@voxport/warehouse';
import { makeSweep } from './sweep.ts';

const nothing: QueueDepth = { waiting: 0, delayed: 0, active: 0 };
const busy: QueueDepth = { waiting: 6000, delayed: 0, active: 1 };

/** A source with this many wanted details, whose walk the sweep asks for. */
function sweeping(initial: {
  wanted: number;
  fetch?: QueueDepth;
  load?: QueueDepth;
  hasLanded?: boolean;
  isFilled?: boolean;
  /** Those before this number are wanted by a paused run alone: the walk passes over them. */
  held?: number;
}) {
  const state = { held: 0, fetch: nothing, load: nothing, hasLanded: false, isFilled: true, ...initial };
  const seen = {
    details: [] as string[],
    asked: [] as { wantedForMs: number; from: string | null }[],
    pages: [] as unknown[],
    wakeUps: 0,
    refills: 0,
    stranded: 0,
  };
  const idOf = (index: number): string => `c${String(index).padStart(5, '0')}`;
  const sweep = makeSweep({
    isFilled: async () => state.isFilled,
    refill: async () => void (seen.refills += 1),
    promoteMisdated: async () => 0,
    fetchDepth: async () => state.fetch,
    loadDepth: async () => state.load,
    overdueDetails: async ({ wantedForMs, after, limit }) => {
      seen.asked.push({ wantedForMs, from: after?.conversationId ?? null });
      const start = after === null ? 0 : Number(after.conversationId.slice(1)) + 1;
      const ids = Array.from({ length: Math.max(0, Math.min(limit, state.wanted - start)) }, (_, index) =>
        idOf(start + index),
      );
      const last = ids.length < limit ? undefined : ids.at(-1);
      return {
        wanted: ids.slice(Math.max(0, state.held - start)).map((conversationId): WantedDetail => ({
          conversationId,
          generation: 1,
          priority: 'live',
          runId: 1,
        })),
        position: last === undefined ? null : { startedAt: new Date(0), conversationId: last },
      };
    },
    wantStranded: async () => {
      seen.stranded += 1;
      return [];
    },
    foldCounts: async () => {},
    forgetHistory: async () => {},
    openWindows: async () => [{ windowId: 4, nextPage: 2, runId: 1, priority: 'backfill' } as Window],
    hasLandedPayloads: async () => state.hasLanded,
    enqueuePage: async (page, priority) => void seen.pages.push([page, priority]),
    enqueueConversations: async (wanted) => void seen.details.push(...wanted.map((one) => one.conversationId)),
    wakeLoaders: async () => void (seen.wakeUps += 1),
  });
  return { state, seen, sweep: () => sweep({ wantedForMs: 60_000 }) };
}

test('every open window gets its page job again', async () => {
  const { seen, sweep } = sweeping({ wanted: 0 });
  await sweep();
  expect(seen.pages).toEqual([[{ windowId: 4, page: 2, runId: 1 }, 'backfill']]);
});

test('a queue that is empty is refilled with everything that is wanted, however recently', async () => {
  const { seen, sweep } = sweeping({ wanted: 2500 });
  await sweep();
  expect(new Set(seen.details).size).toBe(2500);
  expect(seen.asked.map(({ wantedForMs }) => wantedForMs)).toEqual([0, 0, 0]);
});

test('a queue that is busy is walked through a stretch at a time, over what was wanted long ago, and then from the beginning again', async () => {
  const { seen, sweep } = sweeping({ wanted: 2500, fetch: busy });
  for (let time = 0; time < 4; time += 1) await sweep();
  expect(seen.asked).toEqual([
    { wantedForMs: 60_000, from: null },
    { wantedForMs: 60_000, from: 'c00999' },
    { wantedForMs: 60_000, from: 'c01999' },
    { wantedForMs: 60_000, from: null },
  ]);
  expect(new Set(seen.details).size).toBe(2500);
});

test('a queue never gets more than it should hold, and gets the next as it runs low', async () => {
  const { seen, state, sweep } = sweeping({ wanted: 50_000 });
  await sweep();
  expect(seen.details).toHaveLength(20_000);
  state.fetch = { waiting: 19_900, delayed: 90, active: 10 };
  await sweep();
  expect(seen.details).toHaveLength(20_000);
  state.fetch = { waiting: 4000, delayed: 0, active: 10 };
  await sweep();
  expect(new Set(seen.details).size).toBe(36_000);
  state.fetch = { waiting: 3000, delayed: 0, active: 10 };
  await sweep();
  expect(new Set(seen.details).size).toBe(50_000);
});

test('a queue that becomes empty in the middle of a walk is refilled from the beginning', async () => {
  const { seen, state, sweep } = sweeping({ wanted: 2500, fetch: busy });
  await sweep();
  seen.details.length = 0;
  state.fetch = nothing;
  await sweep();
  expect(new Set(seen.details).size).toBe(2500);
});

test('the details of a paused run hold up neither the sweep nor those behind them', async () => {
  const { seen, sweep } = sweeping({ wanted: 50_500, held: 50_000 });
  await sweep();
  expect(seen.details).toEqual([]);
  expect(seen.asked.length).toBeLessThan(30);
  for (let time = 0; time < 2; time += 1) await sweep();
  expect(seen.details).toHaveLength(500);
});

test('jobs that are delayed are not lost: their queue is not empty', async () => {
  const { seen, sweep } = sweeping({ wanted: 3, fetch: { waiting: 0, delayed: 6000, active: 0 } });
  await sweep();
  expect(seen.asked).toEqual([{ wantedForMs: 60_000, from: null }]);
});

test('every loader is woken when payloads wait and nobody loads or is called, and only then', async () => {
  const wakeUps = async (load: QueueDepth, hasLanded: boolean): Promise<number> => {
    const { seen, sweep } = sweeping({ wanted: 0, load, hasLanded });
    await sweep();
    return seen.wakeUps;
  };
  expect(await wakeUps(nothing, true)).toBe(1);
  expect(await wakeUps(nothing, false)).toBe(0);
  expect(await wakeUps({ waiting: 1, delayed: 0, active: 0 }, true)).toBe(0);
  expect(await wakeUps({ waiting: 0, delayed: 0, active: 1 }, true)).toBe(0);
  // A wake-up that was delayed by an error may come late: others are woken meanwhile.
  expect(await wakeUps({ waiting: 0, delayed: 1, active: 0 }, true)).toBe(1);
});

test('a store that was emptied is refilled first', async () => {
  const { seen, sweep } = sweeping({ wanted: 0, isFilled: false });
  await sweep();
  expect(seen.refills).toBe(1);
});

test('conversations whose payload is gone are not looked for at every sweep', async () => {
  const { seen, sweep } = sweeping({ wanted: 0 });
  for (let time = 0; time < 5; time += 1) await sweep();
  expect(seen.stranded).toBe(1);
});
