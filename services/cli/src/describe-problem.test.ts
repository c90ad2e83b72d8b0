import { TerminalFailure } from '@voxport/domain';
import { expect, test } from 'vitest';
import { describeProblem } from './describe-problem.ts';

const { signal } = new AbortController();

function withCode(code: string, more: object = {}): Error {
  return Object.assign(new Error('words that nobody decides by'), { code, ...more });
}

/** Causes, and what is said of each: the cause itself, and what to do. */
const causes: readonly (readonly [cause: string, error: Error, says: RegExp])[] = [
  ['a read-only database', withCode('25006'), /takes no writes: it is read-only.*voxport doctor.*\(25006\)/u],
  ['a full disk of the database', withCode('53100'), /disk of the database is full.*\(53100\)/u],
  ['no memory', withCode('53200'), /out of memory.*\(53200\)/u],
  ['no connection left', withCode('53300'), /no connection left.*max_connections/u],
  ['a lock that is not had', withCode('55P03'), /holds a lock.*pg_stat_activity/u],
  ['a statement that took too long', withCode('57014'), /took too long/u],
  ['a server that was shut down', withCode('57P01'), /connection to the database was lost \(57P01\)/u],
  ['a dropped database', withCode('57P04'), /has been dropped/u],
  ['a right that lacks', withCode('42501'), /lacks a right.*voxport doctor/u],
  ['a connection that is refused', withCode('ECONNREFUSED'), /connection to the database was lost \(ECONNREFUSED\)/u],
  ['a full disk of this machine', withCode('ENOSPC', { path: '/data/x' }), /the disk is full at \/data\/x/u],
  ['a quota', withCode('EDQUOT'), /quota/u],
  ['a file system without writes', withCode('EROFS'), /mounted read-only/u],
  [
    'a full disk met while another error was cleaned up',
    new SuppressedError(withCode('ENOSPC'), withCode('X'), 'cleaning up'),
    /the disk is full/u,
  ],
  [
    'a full disk of the database, and a failed clean-up after it',
    new SuppressedError(new Error('no rollback'), withCode('53100'), 'cleaning up'),
    /disk of the database is full/u,
  ],
  ['a failure of ours', new TerminalFailure('database', 'It says itself.'), /^It says itself\.$/u],
];

test.each(causes)('%s is told as that, and as nothing else', (_, error, says) => {
  const { message, exitCode } = describeProblem(error, signal);
  expect(message).toMatch(says);
  expect(message).not.toContain('this is a bug');
  expect(exitCode).toBe(2);
  for (const [other, , says2] of causes) {
    if (String(says2) !== String(says) && says2.test(message) && !String(says).includes('disk'))
      throw new Error(`also reads as ${other}`);
  }
});

test('what is none of these is a bug, with its stack', () => {
  const { message, exitCode } = describeProblem(new TypeError('x is not a function'), signal);
  expect(message).toMatch(/^this is a bug: TypeError: x is not a function\n {4}at /u);
  expect(exitCode).toBe(1);
});
