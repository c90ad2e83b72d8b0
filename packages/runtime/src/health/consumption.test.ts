import { expect, test } from 'vitest';
import { makeConsumptionCheck } from './consumption.ts';

/** A consumer, its queue and a clock, all set by hand. */
function scene() {
  const state = { now: 1_000_000, progressAt: 1_000_000, waiting: 0, active: 0, isHeldBack: false };
  const check = makeConsumptionCheck({
    consumer: {
      lastProgressMs: () => state.progressAt,
      activeJobs: () => state.active,
      isHeldBack: () => state.isHeldBack,
    },
    hasJobToTake: async () => state.waiting > 0,
    now: () => state.now,
  });
  return { state, checkNow: () => check(new AbortController().signal) };
}

const minute = 60_000;

test('an empty queue is consumed, however long nothing came', async () => {
  const { state, checkNow } = scene();
  state.now += 600 * minute;
  expect(await checkNow()).toBeNull();
});

test('a job that has just come after a long pause was not left to wait', async () => {
  const { state, checkNow } = scene();
  state.now += 600 * minute;
  state.waiting = 1;
  expect(await checkNow()).toBeNull();
  state.now += 0.5 * minute;
  expect(await checkNow()).toBeNull();
});

test('a consumer that takes up nothing for more than a minute while jobs wait is stuck, and well again with the next job', async () => {
  const { state, checkNow } = scene();
  state.waiting = 7;
  expect(await checkNow()).toBeNull();
  state.now += 1.1 * minute;
  await expect(checkNow()).rejects.toThrow(/jobs wait, and none was taken up or ended for 66 s \(0 in hand\)/);
  state.progressAt = state.now;
  expect(await checkNow()).toBeNull();
  state.now += 0.9 * minute;
  expect(await checkNow()).toBeNull();
});

test('looks that are far apart do not mistake two jobs for one that waits', async () => {
  const { state, checkNow } = scene();
  state.waiting = 1;
  expect(await checkNow()).toBeNull();
  state.progressAt = state.now + 1;
  state.now += 60 * minute;
  expect(await checkNow()).toBeNull();
});

test('jobs in hand may take long, but not for ever', async () => {
  const { state, checkNow } = scene();
  state.waiting = 7;
  state.active = 3;
  await checkNow();
  state.now += 14 * minute;
  expect(await checkNow()).toBeNull();
  state.now += 2 * minute;
  await expect(checkNow()).rejects.toThrow(/3 in hand/);
});

test('a consumer that is held back on purpose is not stuck, and is given its time when it continues', async () => {
  const { state, checkNow } = scene();
  state.waiting = 7;
  state.isHeldBack = true;
  await checkNow();
  state.now += 60 * minute;
  expect(await checkNow()).toMatch(/takes up nothing at present/);
  state.isHeldBack = false;
  expect(await checkNow()).toBeNull();
});
