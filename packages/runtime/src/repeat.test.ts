import { eventually } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { repeat } from './repeat.ts';

const hour = 3_600_000;

test('a step that fails is reported, and is followed by the next one', async () => {
  let steps = 0;
  const errors: unknown[] = [];
  const repeated = repeat({
    everyMs: 1,
    begins: 'at once',
    async step() {
      steps += 1;
      if (steps === 1) throw new Error('no database');
    },
    onError: (error) => void errors.push(error),
  });
  await eventually(() => steps > 2, { what: 'a third step' });
  await repeated[Symbol.asyncDispose]();
  const done = steps;
  await new Promise(setImmediate);
  expect({ done, errors }).toEqual({ done: steps, errors: [new Error('no database')] });
});

test('closing ends a wait, and waits for the step that is under way; what that throws is no error then', async () => {
  const waiting = repeat({
    everyMs: () => hour,
    step: () => expect.unreachable(),
    onError: () => expect.unreachable(),
  });
  await waiting[Symbol.asyncDispose]();

  const seen: string[] = [];
  const working = repeat({
    everyMs: hour,
    begins: 'at once',
    step: (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          seen.push('aborted');
          setImmediate(() => {
            seen.push('ended');
            reject(new Error('late'));
          });
        });
      }),
    onError: () => void seen.push('reported'),
  });
  await working[Symbol.asyncDispose]();
  expect(seen).toEqual(['aborted', 'ended']);
});

test('closing leaves a step that does not end', async () => {
  const stuck = repeat({
    everyMs: hour,
    begins: 'at once',
    step: () => new Promise(() => {}),
    onError: () => expect.unreachable(),
    closeWithinMs: 1,
  });
  await expect(stuck[Symbol.asyncDispose]()).resolves.toBeUndefined();
});
