import { TerminalFailure } from '@voxport/domain';
import { expect, test } from 'vitest';
import { addCounts } from '../export/add-counts.ts';
import { withJsonError } from './with-json-error.ts';

function printer(): { printed: string[]; command: Parameters<typeof withJsonError>[0] } {
  const printed: string[] = [];
  return { printed, command: { print: (text) => void printed.push(text), signal: new AbortController().signal } };
}
const paused = new TerminalFailure('unauthorized', 'Source "a" was paused: the key was refused.');

test('a command that is stopped prints one object with the error and what was done so far, and the error is thrown', async () => {
  const { printed, command } = printer();
  const stopped = withJsonError(command, { json: true }, async (onStopped) => {
    onStopped({ runs: [{ sourceId: 'a', runId: 7 }], counts: { ...addCounts([]), listed: 60, loaded: 12 } });
    throw paused;
  });
  await expect(stopped).rejects.toBe(paused);
  expect(printed).toHaveLength(1);
  expect(JSON.parse(printed[0]!)).toMatchObject({
    error: {
      error_class: 'unauthorized',
      code: 'unauthorized',
      message: 'Source "a" was paused: the key was refused.',
    },
    run_id: 7,
    run_ids: [7],
    sources: ['a'],
    listed: 60,
    loaded: 12,
    failed: 0,
  });
});

test('before a run has begun there are no counts, and without json nothing is printed', async () => {
  const { printed, command } = printer();
  const fail = (): Promise<never> => Promise.reject(paused);
  await expect(withJsonError(command, { json: false }, fail)).rejects.toBe(paused);
  expect(printed).toEqual([]);
  await expect(withJsonError(command, { json: true }, fail)).rejects.toBe(paused);
  expect(JSON.parse(printed[0]!)).toMatchObject({ run_id: null, run_ids: [], listed: 0 });
});
