import { expect, test } from 'vitest';
import { settledWithin } from './settled-within.ts';

test('what settles in time is waited for, what does not is left, and what fails is thrown', async () => {
  await settledWithin(Promise.resolve(), 60_000);
  await settledWithin(new Promise(() => {}), 10);
  await expect(settledWithin(Promise.reject(new Error('broken')), 60_000)).rejects.toThrow('broken');
});
