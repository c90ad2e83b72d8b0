import { expect, test } from 'vitest';
import { startSimulator } from '../src/index.ts';
import { ask, codeOf, past } from './client.ts';

const list = '/v1/convai/conversations?page_size=1';

test('more requests in flight than allowed are refused, without a Retry-After, and the most that were let in is counted', async () => {
  await using simulator = await startSimulator({
    ...past,
    conversationCount: 10,
    requestsInFlightMax: 3,
    // Longer than ten requests take to arrive on a busy machine.
    latencyMs: 2000,
  });
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(simulator, list)));
  const refused = answers.filter((answer) => answer.status === 429);
  expect(refused).toHaveLength(7);
  expect(new Set(refused.map(codeOf))).toEqual(new Set(['concurrent_limit_exceeded']));
  expect(refused[0]?.headers.get('retry-after')).toBeNull();
  expect(simulator.stats()).toMatchObject({
    inFlightMax: 3,
    refusedCount: { concurrent_limit: 7, rate_limit: 0 },
    requests: { list: { 200: 3, 429: 7 } },
  });
});

test('more requests a second than allowed are refused', async () => {
  await using simulator = await startSimulator({ ...past, conversationCount: 10, requestsPerSecondMax: 4 });
  const answers = await Promise.all(Array.from({ length: 9 }, () => ask(simulator, list)));
  const refused = answers.filter((answer) => answer.status === 429);
  expect(refused).toHaveLength(5);
  expect(new Set(refused.map(codeOf))).toEqual(new Set(['rate_limit_exceeded']));
});

test('limits change while the simulator runs', async () => {
  await using simulator = await startSimulator({ ...past, conversationCount: 10 });
  simulator.setLimits({ requestsInFlightMax: 0 });
  expect((await ask(simulator, list)).status).toBe(429);
  simulator.setLimits({ requestsInFlightMax: null });
  expect((await ask(simulator, list)).status).toBe(200);
  simulator.resetStats();
  expect(simulator.stats()).toMatchObject({ requestCount: 0, inFlight: 0, requests: {} });
});

test('no key is asked for when it is null', async () => {
  await using simulator = await startSimulator({ ...past, conversationCount: 1, apiKey: null });
  expect((await ask(simulator, list, { headers: {} })).status).toBe(200);
});

test('closing ends requests that are never answered', async () => {
  const simulator = await startSimulator({ ...past, conversationCount: 1 });
  simulator.setFaults([{ action: { do: 'swallow' } }]);
  const asked = ask(simulator, list).catch((error: unknown) => error);
  while (simulator.stats().inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
  await simulator.close();
  expect(await asked).toBeInstanceOf(Error);
});
