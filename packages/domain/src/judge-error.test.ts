import { expect, test } from 'vitest';
import { TerminalFailure } from './failure.ts';
import { describeJudged, judgeError } from './judge-error.ts';
import { describeFailure } from './retry.ts';

const caller = 'Jane "JJ" Doe +41 79 555 01 23';

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

const databaseError = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code, detail: `Key (user_id)=(${caller}) already exists.` });

test.each([
  ['a parser that quotes what it read', thrownBy(() => JSON.parse(caller))],
  ['Postgres that quotes a value', databaseError('22P02', `invalid input syntax for type numeric: "${caller}"`)],
  ['Postgres that quotes without quotes', databaseError('23505', `value ${caller} is there already`)],
  ['a library that quotes an argument', new RangeError(`Invalid time zone specified: "${caller}"`)],
  ['a quote that is not closed', new Error(`cannot read "${caller.replaceAll('"', '')}`)],
  ['a property of a payload', new TypeError(`Cannot read properties of undefined (reading '${caller}')`)],
  ['a text that is thrown', caller],
])('%s is told without its words', (_what, error) => {
  const told = JSON.stringify([judgeError(error), describeJudged(error), describeFailure(error)]);
  for (const word of ['Jane', 'JJ', 'Doe', '555']) expect(told).not.toContain(word);
  expect(told).toMatch(/digest [0-9a-f]{6}/u);
});

test('an error whose words are multiplied into its stack is told by the frames only', () => {
  const error = new Error(`first line\n    ${caller}\n    at ${caller} the desk`);
  expect(judgeError(error).frames).not.toContain('Jane');
  expect(judgeError(error).frames).toContain('judge-error.test.ts');
});

test('what tells of no call is told: the codes and words of the system, and our own failures', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  });
  expect(judgeError(refused)).toMatchObject({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:5432' });
  expect(judgeError(new Error("it can't be locked")).message).toBe("it can't be locked");
  expect(judgeError(new TerminalFailure('mapping', 'field "a" is wrong')).message).toBe('field "a" is wrong');
});

test('an unexpected error is recorded with its kind and its place', () => {
  expect(describeFailure(new TypeError('x is not a function'))).toMatchObject({
    code: 'unexpected',
    message: expect.stringMatching(/^TypeError: x is not a function at .*judge-error\.test\.ts:\d+$/u) as unknown,
  });
});
