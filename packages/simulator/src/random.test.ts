import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashText, idText, makeRandom, mix, vendorId } from './random.ts';

test('the same state gives the same stream', () => {
  const a = makeRandom(7);
  const b = makeRandom(7);
  for (let i = 0; i < 100; i += 1) expect(a.next()).toBe(b.next());
});

test('whole numbers stay within their bounds, both included', () => {
  const random = makeRandom(1);
  const drawn = new Set(Array.from({ length: 500 }, () => random.int(3, 6)));
  expect(drawn).toEqual(new Set([3, 4, 5, 6]));
});

test('mixing spreads neighbours over the whole range', () => {
  const values = Array.from({ length: 1000 }, (_, i) => mix(1, i) / 4294967296);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
  expect(new Set(values).size).toBe(1000);
});

test('ids have the vendor’s form whatever the state', () => {
  fc.assert(
    fc.property(fc.integer(), (state) => {
      expect(vendorId('agent', state)).toMatch(/^agent_\d{4}k[0-9a-hjkmnp-tv-z]{23}$/);
      expect(idText(state, 16)).toHaveLength(16);
    }),
  );
});

test('a word makes a seed', () => {
  expect(hashText('a')).not.toBe(hashText('b'));
  expect(hashText('demo')).toBe(hashText('demo'));
});
