import { expect, test } from 'vitest';
import { makeRandom } from './random.ts';

const draws = (...ground: (string | number)[]): number[] => {
  const random = makeRandom(...ground);
  return Array.from({ length: 50 }, () => random.int(1, 6));
};

test('the same ground gives the same draws, another one others', () => {
  expect(draws('autumn', 'kill-worker', 'redis', 1)).toEqual(draws('autumn', 'kill-worker', 'redis', 1));
  expect(draws('autumn', 'kill-worker', 'redis', 1)).not.toEqual(draws('autumn', 'kill-worker', 'redis', 2));
  expect(draws('autumn', 'kill-worker', 'redis', 1)).not.toEqual(draws('autumn', 'kill-worker', 'postgres', 1));
});

test('draws stay within their bounds, and reach them', () => {
  expect(new Set(draws('bounds'))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
});
