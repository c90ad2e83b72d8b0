import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeConversationIds } from './conversation-id.ts';

test('an id leads back to its index', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), (seed, index) => {
      const ids = makeConversationIds(seed);
      expect(ids.idOf(index)).toMatch(/^conv_\d{4}k[0-9a-hjkmnp-tv-z]{23}$/);
      expect(ids.indexOf(ids.idOf(index))).toBe(index);
    }),
  );
});

test('an id of another seed, a changed id and any other text have no index', () => {
  const ids = makeConversationIds(1);
  expect(ids.indexOf(makeConversationIds(2).idOf(5))).toBeNull();
  const id = ids.idOf(5);
  expect(ids.indexOf(`${id.slice(0, -1)}${id.endsWith('a') ? 'b' : 'a'}`)).toBeNull();
  expect(ids.indexOf('conv_abc123')).toBeNull();
  expect(ids.indexOf('')).toBeNull();
});
