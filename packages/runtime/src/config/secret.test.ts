import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { secret } from './secret.ts';

test('gives its value to nobody but the one who asks for it', () => {
  const key = secret('sk_secret');
  const holder = { nested: { key, list: [key] } };
  // oxlint-disable-next-line typescript/no-base-to-string -- what a careless template does is the point
  const text = String(key);
  expect(key.reveal()).toBe('sk_secret');
  for (const shown of [
    text,
    JSON.stringify(holder),
    inspect(holder, { depth: null, showHidden: true }),
    inspect(key),
    Object.values(key).map(String).join(' '),
    JSON.stringify({ ...key }),
  ])
    expect(shown).not.toContain('sk_secret');
  expect(text).toBe('[secret]');
  expect(JSON.stringify(holder)).toContain('"key":"[secret]"');
});
