import { expect, test } from 'vitest';
import { makeOneAtATime } from './one-at-a-time.ts';

test('runs one after the other, in order, whatever becomes of them', async () => {
  const oneAtATime = makeOneAtATime();
  const steps: string[] = [];
  const step = (name: string, fails: boolean) => async (): Promise<string> => {
    steps.push(`${name} begins`);
    await new Promise(setImmediate);
    steps.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const results = await Promise.allSettled([
    oneAtATime(step('a', false)),
    oneAtATime(step('b', true)),
    oneAtATime(step('c', false)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(steps).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
});
