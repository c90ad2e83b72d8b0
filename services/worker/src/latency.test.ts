import { expect, test } from 'vitest';
import { makeLatency } from './latency.ts';

/** A latency on a clock of its own, and work that takes so long on it. */
function clocked() {
  let nowMs = 0;
  const latency = makeLatency(() => nowMs);
  const take = (tookMs: number, fails = false) =>
    latency.measure(async () => {
      nowMs += tookMs;
      if (fails) throw new Error('no');
    });
  return { latency, take };
}

test('is the mean of the first answers, and follows the later ones', async () => {
  const { latency, take } = clocked();
  expect(latency.averageMs()).toBeNull();
  for (const tookMs of [100, 300, 200]) await take(tookMs);
  expect(latency.averageMs()).toBeCloseTo(200);
  for (let index = 0; index < 500; index += 1) await take(1000);
  expect(latency.averageMs()).toBeGreaterThan(990);
});

test('leaves failures out', async () => {
  const { latency, take } = clocked();
  await take(100);
  await expect(take(60_000, true)).rejects.toThrow('no');
  expect(latency.averageMs()).toBe(100);
});
