import { eventually } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { startBackpressure } from './backpressure.ts';

test(
  'fetching is held back while too much has landed, and continues when half of it is loaded',
  { timeout: 20_000 },
  async () => {
    let landed = 10;
    let looks = 0;
    const changes: boolean[] = [];
    const errors: unknown[] = [];
    const backpressure = startBackpressure({
      countLandedPayloads: async ({ countMax }) => {
        looks += 1;
        if (looks === 1) throw new Error('no database');
        return Math.min(landed, countMax);
      },
      landedMax: 10,
      onChange: (isHeldBack) => void changes.push(isHeldBack),
      onError: (error) => void errors.push(error),
    });
    await eventually(() => changes.length === 1, { what: 'fetching to be held back' });
    landed = 6;
    const seen = looks;
    await eventually(() => looks > seen, { what: 'another look' });
    expect(changes).toEqual([true]);
    landed = 5;
    await eventually(() => changes.length === 2, { what: 'fetching to continue' });
    expect(changes).toEqual([true, false]);
    expect(errors).toHaveLength(1);
    await backpressure[Symbol.asyncDispose]();
  },
);
