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

test('a code logs in once, and nobody else’s does', () => {
  const codes = makeOneTimeCodes();
  const code = codes.make();
  expect(codes.take('x')).toBe(false);
  expect(codes.take(code)).toBe(true);
  expect(codes.take(code)).toBe(false);
});
