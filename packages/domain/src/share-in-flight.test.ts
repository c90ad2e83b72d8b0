import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareInFlight } from './share-in-flight.ts';

test('the parts of all workers add up to the limit, and differ by one at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 50 }), (limit, workers) => {
      const shares = Array.from({ length: workers }, (_, rank) => shareInFlight(limit, workers, rank));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(limit);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }),
  );
});
