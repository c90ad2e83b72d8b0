import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRedact } from './redact.ts';

const key = 'sk_a+b/c"d\\e0123456789';

test('the key is taken out as it is, percent-encoded and as JSON', () => {
  const redact = makeRedact(key);
  const text = redact(`plain ${key}, url ${encodeURIComponent(key)}, json ${JSON.stringify({ key })}`);
  expect(text).toBe('plain [api key], url [api key], json {"key":"[api key]"}');
});

test('control characters and line breaks become blanks, long text is cut', () => {
  const redact = makeRedact(key);
  expect(redact('a\r\n\u0000\u001bb')).toBe('a b');
  expect(redact('x'.repeat(2000))).toHaveLength(501);
});

test('no text around the key lets it through, wherever it is cut', () => {
  const redact = makeRedact(key);
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 60 }), (before, after, lengthMax) => {
      expect(redact(before + key + after, lengthMax)).not.toContain(key.slice(0, 12));
    }),
  );
});
