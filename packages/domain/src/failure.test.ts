import { expect, test } from 'vitest';
import { TerminalFailure, TransientFailure } from './failure.ts';

test('a failure carries what decides its handling, and where nothing is known, null', () => {
  const body = new Uint8Array([1]);
  const cause = new Error('below');
  const terminal = new TerminalFailure('unusable_payload', 'no conversation', { status: 200, body, cause });
  expect(terminal).toMatchObject({ name: 'TerminalFailure', code: 'unusable_payload', status: 200, body, cause });
  expect(new TerminalFailure('not_found', 'gone')).toMatchObject({ status: null, body: null });
  const transient = new TransientFailure('rate_limit', 'later', { status: 429, retryAfterMs: 0 });
  expect(transient).toMatchObject({ name: 'TransientFailure', code: 'rate_limit', status: 429, retryAfterMs: 0 });
  expect(new TransientFailure('timeout', 'late')).toMatchObject({ status: null, retryAfterMs: null });
});

test('a failure is an Error, and its kinds are told apart by class', () => {
  const terminal: unknown = new TerminalFailure('not_found', 'gone');
  expect(terminal).toBeInstanceOf(Error);
  expect(terminal).not.toBeInstanceOf(TransientFailure);
  expect('cause' in (terminal as Error)).toBe(false);
});
