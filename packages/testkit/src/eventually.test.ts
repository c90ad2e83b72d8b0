import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';

test('gives the first answer that is one', async () => {
  const answers = [undefined, false, null, new Error('not up'), 0] as const;
  let asked = 0;
  const probe = () => {
    const answer = answers[asked++];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  expect(await eventually(probe, { what: 'a number' })).toBe(0);
  expect(asked).toBe(5);
});

test('says what it waited for and what the last answer was', async () => {
  await expect(eventually(() => false, { what: 'rain', timeoutMs: 20 })).rejects.toThrow(
    'Waited 20 ms for rain. The last answer: false',
  );
});

test('says which error the probe threw last, and keeps it as the cause', async () => {
  const error = new Error('connection refused');
  await expect(eventually(() => Promise.reject(error), { what: 'it', timeoutMs: 20 })).rejects.toMatchObject({
    message: expect.stringContaining('connection refused'),
    cause: error,
  });
});

test('does not wait for a probe that hangs', async () => {
  const hanging = () => new Promise<true>(() => undefined);
  await expect(eventually(hanging, { what: 'an answer', timeoutMs: 20 })).rejects.toThrow('no answer yet');
});
