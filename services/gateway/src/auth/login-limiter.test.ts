import { expect, test } from 'vitest';
import { makeLoginLimiter } from './login-limiter.ts';
import { makeOneTimeCodes } from './one-time-codes.ts';

test('after ten wrong tokens an address waits a minute, and the others do not', () => {
  let nowMs = 0;
  const limiter = makeLoginLimiter(() => nowMs);
  for (let attempt = 0; attempt < 10; attempt += 1) {
    expect(limiter.isBlocked('10.0.0.1')).toBe(false);
    limiter.noteFailure('10.0.0.1');
  }
  expect(limiter.isBlocked('10.0.0.1')).toBe(true);
  expect(limiter.isBlocked('10.0.0.2')).toBe(false);
  nowMs = 60_000;
  expect(limiter.isBlocked('10.0.0.1')).toBe(false);
});

test('however many addresses try, all of them together are limited', () => {
  const limiter = makeLoginLimiter(() => 0);
  for (let attempt = 0; attempt < 200; attempt += 1) limiter.noteFailure(`10.0.0.${attempt}`);
  expect(limiter.isBlocked('10.9.9.9')).toBe(true);
});

test('a code is good for an hour', () => {
  let nowMs = 0;
  const codes = makeOneTimeCodes(() => nowMs);
  const [code, late] = [codes.make(), codes.make()];
  nowMs = 3_599_000;
  expect(codes.take(code)).toBe(true);
  nowMs = 3_601_000;
  expect(codes.take(late)).toBe(false);
});

test('a code logs in once, and nobody else’s does', () => {
  const codes = makeOneTimeCodes();
  const code = codes.make();
  expect(codes.take('x')).toBe(false);
  expect(codes.take(code)).toBe(true);
  expect(codes.take(code)).toBe(false);
});
