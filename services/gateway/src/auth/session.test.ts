import { expect, test } from 'vitest';
import { makeSessions } from './session.ts';

const token = 'a-token-of-these-tests';

test('a session that was opened is read, with the token of its forms', () => {
  const sessions = makeSessions(token);
  const cookie = sessions.open();
  const session = sessions.read(cookie);
  expect(session?.csrfToken).toMatch(/^[\w-]{40,}$/u);
  expect(sessions.isCsrfToken(session!, session!.csrfToken)).toBe(true);
  expect(sessions.isCsrfToken(session!, `${session!.csrfToken}x`)).toBe(false);
  expect(sessions.isCsrfToken(session!, null)).toBe(false);
  // Of another session of the same operator.
  expect(sessions.isCsrfToken(session!, sessions.read(sessions.open())!.csrfToken)).toBe(false);
});

test('another gateway with the same token takes it, one with another token does not', () => {
  const cookie = makeSessions(token).open();
  expect(makeSessions(token).read(cookie)).not.toBeNull();
  expect(makeSessions(`${token}2`).read(cookie)).toBeNull();
});

test('it ends, and its end cannot be moved', () => {
  let nowMs = 1_790_000_000_000;
  const sessions = makeSessions(token, () => nowMs);
  const cookie = sessions.open();
  nowMs += (sessions.lifetimeSecs - 1) * 1000;
  expect(sessions.read(cookie)).not.toBeNull();
  nowMs += 2000;
  expect(sessions.read(cookie)).toBeNull();
  const [expires, ...rest] = cookie.split('.');
  expect(sessions.read([Number(expires) + 9999, ...rest].join('.'))).toBeNull();
});

test.each([undefined, '', 'x', 'a.b.c', `9999999999.${'a'.repeat(22)}.${'b'.repeat(43)}`])(
  'the cookie %s is none',
  (cookie) => {
    expect(makeSessions(token).read(cookie)).toBeNull();
  },
);

test('a session that was ended is none, and another one is', () => {
  const sessions = makeSessions(token);
  const [cookie, other] = [sessions.open(), sessions.open()];
  sessions.end(cookie);
  sessions.end('no.such.cookie');
  expect([sessions.read(cookie), sessions.read(other)]).toEqual([null, expect.anything()]);
});

test('only the token itself is the token', () => {
  const sessions = makeSessions(token);
  expect(sessions.isToken(token)).toBe(true);
  for (const wrong of ['', 'a', token.slice(1), `${token} `, token.toUpperCase()])
    expect(sessions.isToken(wrong)).toBe(false);
});
