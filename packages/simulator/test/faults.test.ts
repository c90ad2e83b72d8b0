import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startSimulator, type Fault, type Simulator } from '../src/index.ts';
import { ask, codeOf, page, past } from './client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ ...past, conversationCount: 50 });
});
afterAll(() => simulator.close());
beforeEach(() => simulator.resetStats());

const list = '/v1/convai/conversations?page_size=3';
const causeOf = (error: unknown) => (error instanceof Error && error.cause instanceof Error ? error.cause : error);
const play = (action: Fault['action'], match: Fault['match'] = {}) =>
  simulator.setFaults([{ match, action, times: 1 }]);

test('a status comes with the body and headers that the script gives', async () => {
  play({
    do: 'status',
    status: 503,
    body: { detail: { status: 'maintenance', message: 'Back soon' } },
    headers: { 'x-why': 'test' },
  });
  const seen = await ask(simulator, list);
  expect([seen.status, seen.headers.get('x-why'), seen.headers.get('content-type')]).toEqual([
    503,
    'test',
    'application/json',
  ]);
  expect(seen.json()).toEqual({ detail: { status: 'maintenance', message: 'Back soon' } });
  expect((await ask(simulator, list)).status).toBe(200);
});

test('a front end’s 5xx is HTML', async () => {
  play({ do: 'html', status: 502 });
  const seen = await ask(simulator, list);
  expect([seen.status, seen.headers.get('content-type')]).toEqual([502, 'text/html; charset=UTF-8']);
  expect(() => seen.json()).toThrow(SyntaxError);
});

test.each([
  [{ do: 'concurrent_limit' } as const, 'concurrent_limit_exceeded', null],
  [{ do: 'rate_limit' } as const, 'rate_limit_exceeded', null],
  [{ do: 'rate_limit', code: 'system_busy', retryAfter: { secs: 7 } } as const, 'system_busy', '7'],
  [{ do: 'rate_limit', retryAfter: { secs: 0 } } as const, 'rate_limit_exceeded', '0'],
])('%o is a 429 of its kind', async (action, code, retryAfter) => {
  play(action);
  const seen = await ask(simulator, list);
  expect([seen.status, codeOf(seen), seen.headers.get('retry-after')]).toEqual([429, code, retryAfter]);
});

test('a 429 can carry a date that is past', async () => {
  play({ do: 'rate_limit', retryAfter: { dateInSecs: -60 } });
  const date = Date.parse((await ask(simulator, list)).headers.get('retry-after') ?? '');
  expect(date).toBeLessThan(Date.now());
});

test('a connection is reset before any answer', async () => {
  play({ do: 'reset' });
  expect(causeOf(await ask(simulator, list).catch((error: unknown) => error))).toMatchObject({ code: 'ECONNRESET' });
  expect((await ask(simulator, list)).status).toBe(200);
  expect(simulator.stats().requests['list']).toEqual({ reset: 1, 200: 1 });
});

test('a body is cut off in the middle', async () => {
  play({ do: 'truncate', share: 0.3 });
  const error = await ask(simulator, list).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TypeError);
  expect(simulator.stats().requests['list']).toMatchObject({ truncated: 1 });
});

test('a request can be swallowed, and leaves the gate when its client gives up', async () => {
  play({ do: 'swallow' });
  const controller = new AbortController();
  const asked = fetch(simulator.url + list, {
    signal: controller.signal,
    headers: { 'xi-api-key': simulator.apiKey ?? '' },
  }).catch((error: unknown) => error);
  while (simulator.stats().requests['list']?.['swallowed'] !== 1) await new Promise((resolve) => setImmediate(resolve));
  expect(simulator.stats().inFlight).toBe(1);
  controller.abort();
  await asked;
  while (simulator.stats().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a 200 can hold no JSON', async () => {
  play({ do: 'invalid_json' });
  const seen = await ask(simulator, list);
  expect(seen.status).toBe(200);
  expect(() => seen.json()).toThrow(SyntaxError);
});

test('an expired cursor stays expired, a new listing passes', async () => {
  const { next_cursor } = await page(simulator, 'page_size=3');
  play({ do: 'expire_cursor' }, { hasCursor: true });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const seen = await ask(simulator, `${list}&cursor=${next_cursor}`);
    expect([seen.status, codeOf(seen)]).toEqual([400, 'invalid_cursor']);
  }
  const fresh = await page(simulator, 'page_size=3');
  expect(await page(simulator, `page_size=3&cursor=${fresh.next_cursor}`)).toMatchObject({ has_more: true });
});

test('cursors of a set lifetime expire by the clock', async () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  await using aging = await startSimulator({
    ...past,
    conversationCount: 50,
    cursorLifetimeMs: 1000,
    nowMs: () => now,
  });
  const { next_cursor } = await page(aging, 'page_size=3');
  now += 1001;
  expect((await ask(aging, `${list}&cursor=${next_cursor}`)).status).toBe(400);
});

test('the key is refused for a while', async () => {
  simulator.setFaults([{ match: { endpoint: ['list', 'detail'], nth: [2, 3] }, action: { do: 'unauthorized' } }]);
  const statuses: number[] = [];
  for (let n = 0; n < 4; n += 1) statuses.push((await ask(simulator, list)).status);
  expect(statuses).toEqual([200, 401, 401, 200]);
});

test('a delay is on top of the latency, and the answer is the normal one', async () => {
  play({ do: 'delay', ms: 60 });
  const startedMs = performance.now();
  expect((await ask(simulator, list)).status).toBe(200);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(55);
});

test('one conversation can be broken for good', async () => {
  const broken = simulator.conversationIdAt(7);
  simulator.setFaults([
    { name: 'broken', match: { conversationId: broken }, action: { do: 'status', status: 500, body: 'oops' } },
  ]);
  expect((await ask(simulator, `/v1/convai/conversations/${broken}`)).status).toBe(500);
  expect((await ask(simulator, `/v1/convai/conversations/${simulator.conversationIdAt(8)}`)).status).toBe(200);
  expect(simulator.stats().faultsPlayed).toEqual({ broken: 1 });
});
