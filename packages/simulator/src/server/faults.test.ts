import { expect, test } from 'vitest';
import { makeFaultScript, retryAfterText, type Fault, type FaultRequest } from './faults.ts';

const detail = (conversationId: string): FaultRequest => ({
  endpoint: 'detail',
  dialect: 'elevenlabs',
  conversationId,
  hasCursor: false,
});
const list: FaultRequest = { endpoint: 'list', dialect: 'elevenlabs', conversationId: null, hasCursor: true };
const script = (...faults: Fault[]) => makeFaultScript(faults, 1, () => 0);
const reset = { do: 'reset' } as const;

test('the nth request is counted among those that match', () => {
  const faults = script({ match: { endpoint: 'detail', nth: [2, 3] }, action: reset });
  const played = [list, detail('a'), list, detail('b'), detail('a'), detail('a')].map(
    (request) => faults.next(request)?.do ?? null,
  );
  expect(played).toEqual([null, null, null, 'reset', 'reset', null]);
});

test('counted by conversation, each conversation has its own first request', () => {
  const faults = script({ match: { endpoint: 'detail', nth: 1, countedBy: 'conversation' }, action: reset });
  expect(['a', 'b', 'a', 'b'].map((id) => faults.next(detail(id))?.do ?? null)).toEqual(['reset', 'reset', null, null]);
});

test('the first row that matches is played, and the others still count the request', () => {
  const faults = script(
    { name: 'first', match: { nth: 1 }, action: reset },
    { name: 'second', match: { nth: 2 }, action: { do: 'swallow' } },
  );
  expect([faults.next(list)?.do, faults.next(list)?.do, faults.next(list)]).toEqual(['reset', 'swallow', null]);
  expect(faults.played()).toEqual({ first: 1, second: 1 });
});

test('every third, at most twice', () => {
  const faults = script({ match: { every: 3 }, times: 2, action: reset });
  expect(Array.from({ length: 12 }, () => (faults.next(list) === null ? 0 : 1))).toEqual([
    0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
  ]);
});

test('a fault ends after its time', () => {
  let now = 0;
  const faults = makeFaultScript([{ forMs: 100, action: { do: 'unauthorized' } }], 1, () => now);
  expect(faults.next(list)).not.toBeNull();
  now = 100;
  expect(faults.next(list)).toBeNull();
});

test('a probability is drawn from the seed', () => {
  const drawn = (seed: number) => {
    const faults = makeFaultScript([{ match: { probability: 0.3 }, action: reset }], seed, () => 0);
    return Array.from({ length: 400 }, () => (faults.next(list) === null ? 0 : 1));
  };
  expect(drawn(1)).toEqual(drawn(1));
  expect(drawn(1)).not.toEqual(drawn(2));
  const share = drawn(1).filter(Boolean).length / 400;
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.4);
});

test('a conversation, a dialect and a cursor can be asked for', () => {
  const faults = script(
    { match: { conversationId: ['a', 'b'] }, action: reset },
    { match: { dialect: 'voiceable' }, action: reset },
    { match: { hasCursor: true }, action: { do: 'expire_cursor' } },
  );
  expect([
    faults.next(detail('b'))?.do,
    faults.next(detail('c')),
    faults.next({ ...detail('c'), dialect: 'voiceable' })?.do,
    faults.next(list)?.do,
  ]).toEqual(['reset', null, 'reset', 'expire_cursor']);
});

test('Retry-After is written in seconds or as an HTTP date, also one that is past', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  expect(retryAfterText({ secs: 0 }, now)).toBe('0');
  expect(retryAfterText({ dateInSecs: 30 }, now)).toBe('Sun, 01 Mar 2026 12:00:30 GMT');
  expect(retryAfterText({ dateInSecs: -60 }, now)).toBe('Sun, 01 Mar 2026 11:59:00 GMT');
});
