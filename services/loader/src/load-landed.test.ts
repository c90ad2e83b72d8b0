import { expect, test } from 'vitest';
import { TransientFailure } from '@voxport/domain';
import { makeLoadLanded } from './load-landed.ts';

const wakeUp = { slot: 0 };
const context = (signal = new AbortController().signal) => ({ signal, attempt: 1 });

test('loads batch after batch until nothing is left', async () => {
  const left = [200, 200, 31, 0];
  const loadLanded = makeLoadLanded({ loadBatch: async () => left.shift() ?? -1 });
  await loadLanded(wakeUp, context());
  expect(left).toEqual([]);
});

test('stops between two batches when the process goes down', async () => {
  const closing = new AbortController();
  let batches = 0;
  const loadLanded = makeLoadLanded({
    loadBatch: async () => {
      batches += 1;
      if (batches === 2) closing.abort(new Error('shutdown'));
      return 200;
    },
  });
  await expect(loadLanded(wakeUp, context(closing.signal))).rejects.toThrow('shutdown');
  expect(batches).toBe(2);
});

test('an error of the database that passes by itself is tried again, with its cause; any other is a bug and stays one', async () => {
  const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });
  const passing = makeLoadLanded({ loadBatch: () => Promise.reject(deadlock) });
  const failure = await passing(wakeUp, context()).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TransientFailure);
  expect(failure).toMatchObject({ code: 'database', message: 'deadlock detected', cause: deadlock });
  const bug = new TypeError('x is undefined');
  const failing = makeLoadLanded({ loadBatch: () => Promise.reject(bug) });
  await expect(failing(wakeUp, context())).rejects.toBe(bug);
});
