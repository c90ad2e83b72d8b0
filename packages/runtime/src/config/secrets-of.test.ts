import { expect, test } from 'vitest';
import { secretsOf } from './secrets-of.ts';

test.each([
  ['redis://:only@host', ['only']],
  ['postgres://me:p%40ss@host:1/db', ['p%40ss', 'p@ss']],
  ['redis+sentinel://me:first@a:1,[::1]:2/m?sentinel_user=x&sentinel_password=second', ['first', 'second']],
  ['rediss+cluster://me:a:b@a,b', ['a:b']],
  ['postgres://host/db?password=zz%zz', ['zz%zz']],
  ['https://example.com/a:b@c', []],
  ['no URL: a:b@c', []],
])('of %s the passwords are found', (url, passwords) => {
  expect(secretsOf({ deep: [url] })).toEqual(passwords);
});
