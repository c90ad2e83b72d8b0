import { expect, test } from 'vitest';
import { makeRandom } from '../random.ts';
import { makeLimiter } from './limiter.ts';

const open = { requestsInFlightMax: null, requestsPerSecondMax: null, latencyMs: 0 } as const;

test('the window of a second slides', () => {
  let now = 0;
  const limiter = makeLimiter({ ...open, requestsPerSecondMax: 2 }, makeRandom(1), () => now);
  const enterAt = (ms: number) => {
    now = ms;
    return limiter.enter();
  };
  expect([enterAt(0), enterAt(900), enterAt(950), enterAt(1001), enterAt(1500), enterAt(1901)]).toEqual([
    null,
    null,
    'rate_limit',
    null,
    'rate_limit',
    null,
  ]);
});

test('a request that leaves makes room', () => {
  const limiter = makeLimiter({ ...open, requestsInFlightMax: 1 }, makeRandom(1), () => 0);
  expect([limiter.enter(), limiter.enter()]).toEqual([null, 'concurrent_limit']);
  limiter.leave();
  expect(limiter.enter()).toBeNull();
  expect(limiter.inFlightMax()).toBe(1);
});

test('latency follows its distribution', () => {
  const limiter = makeLimiter(open, makeRandom(1), () => 0);
  const draw = () => Array.from({ length: 4000 }, () => limiter.latencyMs()).toSorted((a, b) => a - b);
  limiter.set({ latencyMs: { minMs: 10, maxMs: 20 } });
  const uniform = draw();
  expect([uniform[0] ?? 0, uniform.at(-1) ?? 0].every((ms) => ms >= 10 && ms <= 20)).toBe(true);
  limiter.set({ latencyMs: { medianMs: 50, p95Ms: 200 } });
  const logNormal = draw();
  expect(logNormal[2000]).toBeGreaterThan(44);
  expect(logNormal[2000]).toBeLessThan(56);
  expect(logNormal[3800]).toBeGreaterThan(160);
  expect(logNormal[3800]).toBeLessThan(240);
});
