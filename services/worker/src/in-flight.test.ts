import { setTimeout as sleep } from 'node:timers/promises';
import { TransientFailure } from '@voxport/domain';
import { eventually } from '@voxport/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { startInFlightGovernor, type InFlightGovernor } from './in-flight.ts';

/** The limit as it is stored, and how it was asked to change. */
interface Store {
  limit: number | null;
  refused: number | null;
  changes: number;
  readonly asked: number[];
}

const storeOf = (limit: number | null): Store => ({ limit, refused: null, changes: 0, asked: [] });
const changedAt = ({ changes }: Store): string | null => (changes === 0 ? null : `change ${changes}`);

function change(store: Store, limit: number): void {
  store.limit = limit;
  store.changes += 1;
}

/** A governor at a place among the workers that share a store. */
async function governor(
  store: Store,
  place: { workers: number; rank: number },
  edges: { delayMs?: () => number; startLimit?: number } = {},
): Promise<InFlightGovernor> {
  const started = await startInFlightGovernor({
    startLimit: edges.startLimit ?? 10,
    maxLimit: 40,
    changeInFlightLimit: async ({ changedAt: knownAt, to, refused = null }) => {
      store.asked.push(to);
      await sleep(edges.delayMs?.() ?? 0);
      const isChanged = knownAt === changedAt(store);
      if (isChanged) {
        change(store, to);
        store.refused = refused;
      }
      return { limit: store.limit ?? to, changedAt: changedAt(store), isChanged };
    },
    signalWorker: async () => ({
      ...place,
      inFlightLimit: store.limit,
      inFlightRefused: store.refused,
      limitChangedAt: changedAt(store),
      controlled: { paused: [], cancelled: [], running: [] },
    }),
    onChange: async () => {},
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(() => started.close());
  return started;
}

const signal = new AbortController().signal;
const accept = ({ run }: InFlightGovernor): Promise<unknown> => run(async () => 'an answer', signal);
const refuse = ({ run }: InFlightGovernor): Promise<unknown> =>
  run(async () => {
    throw new TransientFailure('concurrent_limit', 'Too many at once.');
  }, signal).catch(() => undefined);

/** How many of ten requests a governor lets through at once; then they are answered. */
async function letThrough({ run }: InFlightGovernor): Promise<number> {
  let inside = 0;
  const answer = Promise.withResolvers<void>();
  const requests = Array.from({ length: 10 }, () =>
    run(() => {
      inside += 1;
      return answer.promise;
    }, signal),
  );
  await sleep(0);
  const counted = inside;
  answer.resolve();
  await Promise.all(requests);
  return counted;
}

test('a refusal that another worker’s probe has caused takes the probe back, not the limit that holds', async () => {
  const store = storeOf(10);
  const second = await governor(store, { workers: 2, rank: 1 });
  // The first worker tries one more; this one has not heard of it.
  change(store, 11);
  await refuse(second);
  await eventually(() => store.limit === 10, { what: 'the probe to be taken back' });
  expect(store.asked).toEqual([7, 10]);
});

test('nor does it when the other worker has taken its probe back already', async () => {
  const store = storeOf(10);
  const second = await governor(store, { workers: 2, rank: 1 });
  change(store, 11);
  change(store, 10);
  await refuse(second);
  await eventually(() => store.asked.length === 1 && second.share() === 5, { what: 'the limit to hold' });
  // What the other one has sent is still under way: no refusal counts before as many outcomes have come as may be in
  // flight.
  for (let outcome = 0; outcome < 2; outcome += 1) await refuse(second);
  // Meanwhile it leaves them their places.
  expect(await letThrough(second)).toBe(3);
  expect(await letThrough(second)).toBe(5);
  expect(store.asked).toHaveLength(1);
  await refuse(second);
  await eventually(() => store.limit === 7, { what: 'a further refusal to cut the limit' });
});

test('a refusal of what holds cuts the limit, whichever worker sees it', async () => {
  for (const rank of [0, 1]) {
    const store = storeOf(10);
    await refuse(await governor(store, { workers: 2, rank }));
    await eventually(() => store.limit === 7, { what: 'the limit to be cut' });
  }
});

test('only the first worker tries more', async () => {
  const store = storeOf(4);
  const second = await governor(store, { workers: 2, rank: 1 });
  for (let answer = 0; answer < 500; answer += 1) await accept(second);
  expect(store.asked).toEqual([]);
  const first = await governor(store, { workers: 2, rank: 0 });
  for (let answer = 0; answer < 4; answer += 1) await accept(first);
  await eventually(() => store.limit === 5, { what: 'one more to be tried' });
});

test('what is learnt while a change is being stored is stored too', async () => {
  const store = storeOf(null);
  const only = await governor(store, { workers: 1, rank: 0 }, { startLimit: 2, delayMs: () => 30 });
  for (let answer = 0; answer < 4 + 6 + 10; answer += 1) await accept(only);
  await eventually(() => store.limit === 9, { what: 'the last change to be stored' });
  expect(store.asked).toEqual([2, 3, 9]);
});

test('the next run starts at the limit that was found, and does not search for it anew', async () => {
  const store = storeOf(null);
  const first = await governor(store, { workers: 1, rank: 0 }, { startLimit: 4 });
  for (let answer = 0; answer < 8; answer += 1) await accept(first);
  await eventually(() => store.limit === 5, { what: 'one more to be tried' });
  await refuse(first);
  await eventually(() => store.limit === 4, { what: 'the probe to be taken back' });
  await first.close();
  const asked = store.asked.length;

  const second = await governor(store, { workers: 1, rank: 0 }, { startLimit: 1 });
  expect(second.share()).toBe(4);
  for (let answer = 0; answer < 199; answer += 1) await accept(second);
  expect(store.asked).toHaveLength(asked);
  await accept(second);
  await eventually(() => store.limit === 5, { what: 'one more to be tried after 200 answers' });
});

test('a run that ended before anything was refused lets the next one search on as quickly', async () => {
  const store = storeOf(null);
  const first = await governor(store, { workers: 1, rank: 0 }, { startLimit: 4 });
  await first.close();
  const second = await governor(store, { workers: 1, rank: 0 });
  for (let answer = 0; answer < 8; answer += 1) await accept(second);
  await eventually(() => store.limit === 5, { what: 'one more to be tried' });
});
