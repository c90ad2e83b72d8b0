import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TerminalFailure, TransientFailure, type FailureCode } from './failure.ts';
import { backoffMs, decideRetry, defaultRetryPolicy, describeFailure } from './retry.ts';

const policy = defaultRetryPolicy;
const low = (): number => 0;
const high = (): number => 0.999_999;

const codes: readonly FailureCode[] = [
  'unauthorized',
  'forbidden',
  'payment_required',
  'quota_exceeded',
  'not_found',
  'detail_missing',
  'damaged_payload',
  'incomplete_payload',
  'not_the_api',
  'cursor_expired',
  'invalid_request',
  'concurrent_limit',
  'rate_limit',
  'server_error',
  'timeout',
  'connection',
  'malformed_response',
  'unusable_payload',
  'mapping',
  'database',
  'storage',
  'unexpected',
];
const code = fc.constantFrom(...codes);
const attempt = fc.integer({ min: 1, max: 2 * policy.attemptsMax });
const random = fc.double({ min: 0, max: 0.999_999, noNaN: true }).map((value) => () => value);

test('what concerns the source pauses it, whatever the attempt', () => {
  for (const tried of [1, policy.attemptsMax, 100]) {
    const refused = new TerminalFailure('unauthorized', 'no', { concerns: 'source' });
    expect(decideRetry(refused, tried)).toEqual({ kind: 'pause_source' });
    const away = new TransientFailure('source_down', 'no answer', { concerns: 'source' });
    expect(decideRetry(away, tried)).toEqual({ kind: 'pause_source' });
  }
});

test('a terminal failure of one request is a dead letter at the first attempt, a refusal too', () => {
  for (const one of codes) expect(decideRetry(new TerminalFailure(one, 'no'), 1)).toEqual({ kind: 'dead_letter' });
});

test('what was compared with the list already is asked for fewer times', () => {
  const kinds = (of: FailureCode): string[] =>
    [1, 2, 3].map((tried) => decideRetry(new TransientFailure(of, 'no'), tried).kind);
  expect(kinds('detail_missing')).toEqual(['retry', 'dead_letter', 'dead_letter']);
  expect(kinds('incomplete_payload')).toEqual(['retry', 'retry', 'dead_letter']);
});

test('a Retry-After beyond the bound is waited for once, as long as the bound, and then no more', () => {
  const aDay = new TransientFailure('server_error', 'later', { status: 503, retryAfterMs: 86_400_000 });
  expect(decideRetry(aDay, 1)).toEqual({ kind: 'retry', delayMs: policy.retryAfterMaxMs });
  expect(decideRetry(aDay, 2)).toEqual({ kind: 'dead_letter' });
  const limited = new TransientFailure('rate_limit', 'later', { status: 429, retryAfterMs: 86_400_000 });
  expect(decideRetry(limited, 2)).toEqual({ kind: 'delay_queue', delayMs: policy.retryAfterMaxMs });
});

test('too many requests in flight delays the job and never ends it: no attempt is counted', () => {
  fc.assert(
    fc.property(attempt, random, (tried, draw) => {
      const decision = decideRetry(new TransientFailure('concurrent_limit', 'crowded'), tried, policy, draw);
      expect(decision.kind).toBe('delay_job');
      if (decision.kind !== 'delay_job') return;
      expect(decision.delayMs).toBeGreaterThanOrEqual(policy.concurrentLimitDelayMs * 0.5);
      expect(decision.delayMs).toBeLessThanOrEqual(policy.concurrentLimitDelayMs * 1.5);
    }),
  );
});

test('too many requests delays the whole queue by at least a millisecond and never ends the job', () => {
  fc.assert(
    fc.property(attempt, random, (tried, draw) => {
      const decision = decideRetry(new TransientFailure('rate_limit', 'slow down'), tried, policy, draw);
      expect(decision.kind).toBe('delay_queue');
      if (decision.kind === 'delay_queue') expect(decision.delayMs).toBeGreaterThanOrEqual(1);
    }),
  );
});

test('a database that is away delays the whole queue and never ends the job, however long it lasts', () => {
  fc.assert(
    fc.property(attempt, random, (tried, draw) => {
      const decision = decideRetry(new TransientFailure('database', 'away'), tried, policy, draw);
      expect(decision.kind).toBe('delay_queue');
      if (decision.kind !== 'delay_queue') return;
      expect(decision.delayMs).toBeGreaterThanOrEqual(policy.databaseDelayMs * 0.5);
      expect(decision.delayMs).toBeLessThanOrEqual(policy.databaseDelayMs * 1.5);
    }),
  );
});

test('what may pass is tried again until the attempts are used up', () => {
  const failure = new TransientFailure('server_error', 'oops', { status: 503 });
  const kinds = Array.from({ length: policy.attemptsMax }, (_, index) => decideRetry(failure, index + 1).kind);
  expect(kinds).toEqual([...Array.from({ length: policy.attemptsMax - 1 }, () => 'retry'), 'dead_letter']);
});

test('a bug is tried again like what may pass, so that it loses no conversation, and ends as a dead letter', () => {
  for (const bug of [new TypeError('x is not a function'), 'thrown text', undefined]) {
    expect(decideRetry(bug, 1).kind).toBe('retry');
    expect(decideRetry(bug, policy.attemptsMax)).toEqual({ kind: 'dead_letter' });
  }
});

test('a Retry-After within the bound is a floor under every delay, whatever the code', () => {
  fc.assert(
    fc.property(code, attempt, random, fc.integer({ min: 0, max: 900_000 }), (one, tried, draw, retryAfterMs) => {
      const decision = decideRetry(new TransientFailure(one, 'later', { retryAfterMs }), tried, policy, draw);
      if ('delayMs' in decision) expect(decision.delayMs).toBeGreaterThanOrEqual(retryAfterMs);
    }),
  );
});

test('the bound of a backoff doubles with each attempt, up to the longest', () => {
  expect(backoffMs(1, policy, low)).toBe(0);
  expect(backoffMs(1, policy, high)).toBe(policy.backoffBaseMs);
  expect(backoffMs(2, policy, high)).toBe(policy.backoffBaseMs * 2);
  expect(backoffMs(4, policy, high)).toBe(policy.backoffBaseMs * 8);
  expect(backoffMs(1000, policy, high)).toBe(policy.backoffMaxMs);
});

test('a backoff is a whole number of milliseconds between 0 and the bound, at any attempt', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), random, (tried, draw) => {
      const ms = backoffMs(tried, policy, draw);
      expect(Number.isInteger(ms)).toBe(true);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(Math.min(policy.backoffMaxMs, policy.backoffBaseMs * 2 ** Math.min(tried, 30)));
    }),
  );
});

test('backoffs are spread: many jobs that fail together do not come back together', () => {
  const delays = new Set(Array.from({ length: 200 }, () => backoffMs(5, policy, Math.random)));
  expect(delays.size).toBeGreaterThan(150);
});

test('an error is described by its code, its sentence and its status; what is not ours is unexpected', () => {
  expect(describeFailure(new TerminalFailure('not_found', 'gone', { status: 404 }))).toEqual({
    code: 'not_found',
    message: 'gone',
    status: 404,
  });
  expect(describeFailure(new TransientFailure('timeout', 'too late'))).toEqual({
    code: 'timeout',
    message: 'too late',
    status: null,
  });
  expect(describeFailure(new RangeError('bug'))).toMatchObject({
    code: 'unexpected',
    message: expect.stringMatching(/^RangeError: bug at .*retry\.test\.ts:\d+$/u) as unknown,
    status: null,
  });
  expect(describeFailure('text').message).not.toContain('text');
});
