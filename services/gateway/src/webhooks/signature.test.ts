import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeVerifier, readSignature, signatureAgeSecs } from './signature.ts';

const digest = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('hex');

function isValid(header: string, body: string, secrets: readonly string[]): boolean {
  const read = readSignature(header);
  if (read === null) return false;
  const verifier = makeVerifier(read, secrets);
  // In pieces: a body comes as the network gives it.
  for (const piece of body.match(/.{1,3}/gsu) ?? []) verifier.update(Buffer.from(piece));
  return verifier.isValid();
}

test('a body that one of the secrets signed is valid, in whatever pieces it comes', () => {
  const header = `t=1790000000,v0=${digest('new', '1790000000.{"a":1}')}`;
  expect(isValid(header, '{"a":1}', ['new'])).toBe(true);
  expect(isValid(header, '{"a":1}', ['old', 'new'])).toBe(true);
  expect(isValid(header, '{"a":1}', ['old'])).toBe(false);
  expect(isValid(header, '{"a":2}', ['new'])).toBe(false);
  expect(isValid(header.replace('t=1790000000', 't=1790000001'), '{"a":1}', ['new'])).toBe(false);
});

test('one of several digests is enough, and blanks do not matter', () => {
  const good = digest('s', '5.body');
  expect(isValid(`t=5, v0=${'0'.repeat(64)}, v0=${good}, v1=later`, 'body', ['s'])).toBe(true);
});

test.each([
  undefined,
  '',
  't=5',
  `v0=${'0'.repeat(64)}`,
  `t=x,v0=${'0'.repeat(64)}`,
  't=5,v0=short',
  `t=-5,v0=${'0'.repeat(64)}`,
])('the header %s is none', (header) => {
  expect(readSignature(header)).toBeNull();
});

test('the age of a signature is told in seconds', () => {
  const header = readSignature(`t=1000,v0=${'0'.repeat(64)}`)!;
  expect(signatureAgeSecs(header, 1_060_000)).toBe(60);
  expect(signatureAgeSecs(header, 990_000)).toBe(-10);
});
