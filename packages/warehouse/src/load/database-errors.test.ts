import { expect, test } from 'vitest';
import { isDataError, isRetryableDatabaseError } from './database-errors.ts';

function withCode(code: string): Error {
  return Object.assign(new Error('x'), { code });
}

test.each(['22001', '22P02', '23505', '23503', '54000', '54001'])(
  '%s is an error of the data, which no repetition cures',
  (code) => {
    expect(isDataError(withCode(code))).toBe(true);
    expect(isRetryableDatabaseError(withCode(code))).toBe(false);
  },
);

test.each([
  '40001',
  '40P01',
  '08006',
  '53300',
  '57P01',
  '57014',
  '55P03',
  '25006',
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EPIPE',
])('%s passes by itself', (code) => {
  expect(isRetryableDatabaseError(withCode(code))).toBe(true);
  expect(isDataError(withCode(code))).toBe(false);
});

test.each([
  ['a mistake in a statement', withCode('42703')],
  ['an error of the file system', withCode('ENOSPC')],
  ['a bug', new TypeError('x is not a function')],
  ['an error without a code, whatever it says', new Error('Connection terminated unexpectedly')],
  ['no error', 'connection'],
  ['nothing', undefined],
])('%s is neither', (_, error) => {
  expect(isDataError(error)).toBe(false);
  expect(isRetryableDatabaseError(error)).toBe(false);
});

test('a host with several addresses that all refuse is told by the first', () => {
  expect(isRetryableDatabaseError(new AggregateError([withCode('ECONNREFUSED')]))).toBe(true);
});
