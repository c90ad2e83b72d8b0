import fc from 'fast-check';
import { expect, test } from 'vitest';
import { adaptInFlight, adoptInFlight, initialInFlight, type InFlightState } from './adapt-in-flight.ts';

/**
 * One round: as many requests at once as the limit lets through; the source takes as many as it allows, and refuses the
 * others.
 */
function playRound(
  before: InFlightState,
  allowed: number,
  max: number,
): { state: InFlightState; sent: number; refused: number } {
  const sent = before.limit;
  const { generation } = before;
  let state = before;
  for (let request = 0; request < sent; request += 1) {
    const kind = request < allowed ? 'accepted' : 'refused';
    state = adaptInFlight(state, { kind, generation }, max);
  }
  return { state, sent, refused: Math.max(0, sent - allowed) };
}

function play(start: InFlightState, allowed: number, max: number, requests: number) {
  let state = start;
  let sent = 0;
  let refused = 0;
  const limits: number[] = [];
  while (sent < requests) {
    const round = playRound(state, allowed, max);
    state = round.state;
    sent += round.sent;
    refused += round.refused;
    limits.push(state.limit);
  }
  return { state, sent, refused, limits };
}

/** Each run plays thousands of requests. */
const runs = { numRuns: 20 };
const allowance = fc.integer({ min: 1, max: 40 });
const start = fc.integer({ min: 1, max: 40 });

test('a fixed allowance is found, and held', () => {
  fc.assert(
    fc.property(allowance, start, (allowed, startLimit) => {
      const { state } = play(initialInFlight(startLimit), allowed, 64, 6000);
      const { limits } = play(state, allowed, 64, 6000);
      const held = limits.filter((limit) => limit === allowed || limit === Math.min(64, allowed + 1));
      expect(held.length / limits.length).toBeGreaterThan(0.95);
    }),
    runs,
  );
});

test('once an allowance is found, less than one per cent of the requests is refused', () => {
  fc.assert(
    fc.property(allowance, start, (allowed, startLimit) => {
      const found = play(initialInFlight(startLimit), allowed, 64, 6000);
      const { sent, refused } = play(found.state, allowed, 64, 10_000);
      expect(refused / sent).toBeLessThan(0.01);
    }),
    runs,
  );
});

test('an allowance above the most that is configured is not searched for: nothing is refused', () => {
  const { state, refused } = play(initialInFlight(4), 1000, 30, 5000);
  expect(state.limit).toBe(30);
  expect(refused).toBe(0);
});

test('a first export reaches a large allowance within a few rounds', () => {
  let state = initialInFlight(4);
  let rounds = 0;
  for (; state.limit < 30; rounds += 1) state = playRound(state, 30, 30).state;
  expect(rounds).toBeLessThan(20);
});

test('after the first refusal the allowance is found within some rounds, not by single steps', () => {
  for (const allowed of [3, 10, 23, 40]) {
    let state = initialInFlight(2);
    let requests = 0;
    while (state.limit !== allowed || state.refusedLimit !== allowed + 1) {
      const round = playRound(state, allowed, 64);
      state = round.state;
      requests += round.sent;
      expect(requests).toBeLessThan(allowed * 40 + 250);
    }
  }
});

test('a changed allowance is found again, smaller or larger', () => {
  fc.assert(
    fc.property(allowance, allowance, (first, second) => {
      const settled = play(initialInFlight(4), first, 64, 6000).state;
      const after = play(settled, second, 64, 8000).state;
      expect(after.limit).toBeGreaterThanOrEqual(Math.min(second, 64) - 1);
      expect(after.limit).toBeLessThanOrEqual(second + 2);
    }),
    runs,
  );
});

/**
 * Rounds of several workers: the answers come to them by turns, and each knows at the end of a round what another one
 * has stored.
 */
function playFleet(fleet: InFlightState[], allowed: number, max: number, requests: number) {
  let sent = 0;
  let refused = 0;
  while (sent < requests) {
    const { limit } = fleet[0]!;
    let stored = limit;
    const generations = fleet.map(({ generation }) => generation);
    for (let request = 0; request < limit; request += 1) {
      const rank = (sent + request) % fleet.length;
      const kind = request < allowed ? 'accepted' : 'refused';
      const outcome = { kind, generation: generations[rank]! } as const;
      fleet[rank] = adaptInFlight(fleet[rank]!, outcome, max, { workers: fleet.length, rank });
      if (fleet[rank].limit !== limit) stored = fleet[rank].limit;
    }
    sent += limit;
    refused += Math.max(0, limit - allowed);
    fleet.forEach((state, rank) => (fleet[rank] = adoptInFlight(state, stored)));
  }
  return { limit: fleet[0]!.limit, sent, refused };
}

test('several workers are not refused more often than one, and hold what is allowed', () => {
  fc.assert(
    fc.property(allowance, fc.integer({ min: 2, max: 4 }), (allowed, workers) => {
      const fleet = Array.from({ length: workers }, () => initialInFlight(4));
      playFleet(fleet, allowed, 64, 6000);
      const { limit, sent, refused } = playFleet(fleet, allowed, 64, 10_000);
      expect(refused / sent).toBeLessThan(0.01);
      expect(limit - allowed).toBeOneOf([0, 1]);
    }),
    runs,
  );
});

test('a raised allowance is found within 350 answers, by one worker or by several', () => {
  for (const workers of [1, 2, 3]) {
    const fleet = Array.from({ length: workers }, () => initialInFlight(4));
    playFleet(fleet, 4, 40, 6000);
    let requests = 0;
    while (fleet[0]!.limit < 18) requests += playFleet(fleet, 20, 40, 1).sent;
    expect({ workers, requests }).toSatisfy((found: { requests: number }) => found.requests < 350);
  }
});

test('the limit never leaves its bounds, whatever happens in whatever order', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('outcome' as const), kind: fc.constantFrom('accepted' as const, 'refused' as const) }),
    fc.record({ do: fc.constant('old' as const), kind: fc.constantFrom('accepted' as const, 'refused' as const) }),
    fc.record({ do: fc.constant('adopt' as const), limit: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ do: fc.constant('fill' as const), requests: fc.integer({ min: 1, max: 400 }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 200 }), (startLimit, steps) => {
      const max = 20;
      let state = initialInFlight(startLimit);
      for (const one of steps) {
        if (one.do === 'adopt') state = adoptInFlight(state, one.limit);
        else if (one.do === 'fill') state = play(state, 1000, max, one.requests).state;
        else {
          const generation = one.do === 'old' ? state.generation - 1 : state.generation;
          state = adaptInFlight(state, { kind: one.kind, generation }, max);
        }
        expect(Number.isInteger(state.limit)).toBe(true);
        expect(state.limit).toBeGreaterThanOrEqual(1);
        expect(state.limit).toBeLessThanOrEqual(max);
      }
    }),
  );
});

test('fifteen refusals of one crowded moment count as one', () => {
  const state = initialInFlight(20);
  const { generation } = state;
  let after = state;
  for (let refusal = 0; refusal < 15; refusal += 1) after = adaptInFlight(after, { kind: 'refused', generation }, 30);
  expect(after.limit).toBe(14);
  expect(after).toEqual(adaptInFlight(state, { kind: 'refused', generation }, 30));
});

test('an outcome of a request that was sent under an older limit changes nothing', () => {
  const state = adoptInFlight(initialInFlight(10), 5);
  expect(adaptInFlight(state, { kind: 'refused', generation: 0 }, 30)).toBe(state);
  expect(adaptInFlight(state, { kind: 'accepted', generation: 0 }, 30)).toBe(state);
});

test('what another worker found is taken over; the same limit is no change', () => {
  const state = initialInFlight(10);
  expect(adoptInFlight(state, 10)).toBe(state);
  expect(adoptInFlight(state, 6)).toMatchObject({ limit: 6, accepted: 0, generation: state.generation + 1 });
  expect(adoptInFlight(state, 6).hasBeenRefused).toBe(true);
  // What another worker has raised was no refusal, and is a probe for this one too.
  expect(adoptInFlight(state, 12).hasBeenRefused).toBe(false);
  const refused = { kind: 'refused', generation: state.generation + 1 } as const;
  expect(adaptInFlight(adoptInFlight(state, 12), refused, 30, { workers: 2, rank: 1 }).limit).toBe(10);
});

test('one request at a time is the least: a source that refuses even that is asked on', () => {
  let state = initialInFlight(1);
  for (let refusal = 0; refusal < 10; refusal += 1)
    state = adaptInFlight(state, { kind: 'refused', generation: state.generation }, 30);
  expect(state.limit).toBe(1);
});
