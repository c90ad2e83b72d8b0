import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inBatches } from './batch.ts';

/** A run whose batches end when the test says so. */
function heldRun() {
  const batches: { readonly items: readonly number[]; readonly end: (error?: Error) => void }[] = [];
  const run = (items: readonly number[]): Promise<void> =>
    new Promise((resolve, reject) => {
      batches.push({ items, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { batches, run };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a lone call runs at once; what comes while it runs waits together for the next batch, in order', async () => {
  const { batches, run } = heldRun();
  const call = inBatches(10, run);
  const calls = [call(1)];
  expect(batches.map(({ items }) => items)).toEqual([[1]]);
  calls.push(call(2), call(3), call(4));
  await settled();
  expect(batches).toHaveLength(1);
  batches[0]!.end();
  await settled();
  expect(batches.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
  batches[1]!.end();
  await Promise.all(calls);
});

test('a batch has no more items than its size', async () => {
  const seen: (readonly number[])[] = [];
  const call = inBatches<number>(2, async (items) => void seen.push(items));
  await Promise.all([1, 2, 3, 4, 5].map(call));
  expect(seen).toEqual([[1], [2, 3], [4, 5]]);
});

test('a batch that fails rejects its own calls only, and the next one runs', async () => {
  const { batches, run } = heldRun();
  const call = inBatches(10, run);
  const first = call(1);
  const second = call(2);
  const outcome = first.catch((error: unknown) => error);
  batches[0]!.end(new Error('the first batch'));
  expect(await outcome).toEqual(new Error('the first batch'));
  await settled();
  batches[1]!.end();
  await second;
  const third = call(3);
  expect(batches.at(-1)!.items).toEqual([3]);
  batches.at(-1)!.end();
  await third;
});

test('a run that throws before it returns a promise rejects its calls too', async () => {
  const call = inBatches<number>(10, () => {
    throw new Error('at once');
  });
  await expect(call(1)).rejects.toThrow('at once');
  await expect(call(2)).rejects.toThrow('at once');
});

test('every item is in exactly one batch, in the order of the calls, one batch at a time, whatever fails', async () => {
  const step = fc.record({ calls: fc.integer({ min: 0, max: 6 }), fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), async (steps, sizeMax) => {
      const seen: number[] = [];
      let running = 0;
      const failing = new Set<number>();
      const call = inBatches<number>(sizeMax, async (items) => {
        running += 1;
        expect(running).toBe(1);
        expect(items.length).toBeLessThanOrEqual(sizeMax);
        seen.push(...items);
        await settled();
        running -= 1;
        if (items.some((item) => failing.has(item))) throw new Error('refused');
      });
      const calls: Promise<unknown>[] = [];
      let next = 0;
      for (const { calls: count, fails } of steps) {
        for (let index = 0; index < count; index += 1) {
          if (fails) failing.add(next);
          calls.push(call(next).catch(() => 'refused'));
          next += 1;
        }
        await settled();
      }
      const outcomes = await Promise.all(calls);
      expect(seen).toEqual(Array.from({ length: next }, (_, index) => index));
      for (const item of failing) expect(outcomes[item]).toBe('refused');
    }),
    { numRuns: 50 },
  );
});
