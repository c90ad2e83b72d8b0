import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { expect, test } from 'vitest';
import { watchOutage } from './outage.ts';

/** A source whose requests end as told, a second apart. */
function makeSource() {
  let nowMs = 0;
  let outcome: Error | null = null;
  const watched = watchOutage(
    {
      listPage: () => Promise.reject(new Error('not asked for')),
      async getConversation(conversationId: string) {
        if (outcome !== null) throw outcome;
        return { conversationId, body: new Uint8Array(), receivedAtMs: 0 };
      },
    },
    'support',
    () => nowMs,
  );
  return async (ends: Error | null, afterMs: number): Promise<string> => {
    outcome = ends;
    nowMs += afterMs;
    return watched.getConversation('conv_1').then(
      () => 'answer',
      (error: unknown) => (error instanceof TransientFailure || error instanceof TerminalFailure ? error.code : 'bug'),
    );
  };
}

const broken = new TransientFailure('connection', 'reset');

test('ten requests in a row without an answer, over four seconds, are an outage', async () => {
  const ask = makeSource();
  const codes: string[] = [];
  for (let count = 0; count < 12; count += 1) codes.push(await ask(broken, 500));
  expect(codes).toEqual([
    ...Array.from({ length: 9 }, () => 'connection'),
    'source_down',
    'source_down',
    'source_down',
  ]);
});

test('a crowd of failures in one moment is none', async () => {
  const ask = makeSource();
  for (let count = 0; count < 200; count += 1) expect(await ask(broken, 5)).toBe('connection');
});

test('any answer ends the count, a refusal or a 404 too', async () => {
  const ask = makeSource();
  for (const answer of [
    null,
    new TransientFailure('concurrent_limit', '429'),
    new TerminalFailure('not_found', '404'),
  ]) {
    for (let count = 0; count < 9; count += 1) expect(await ask(broken, 1000)).toBe('connection');
    await ask(answer, 1000);
  }
  expect(await ask(broken, 1000)).toBe('connection');
});

test('a request that a shutdown broke off says nothing about the source', async () => {
  const ask = makeSource();
  for (let count = 0; count < 9; count += 1) await ask(broken, 1000);
  expect(await ask(new DOMException('shutdown', 'AbortError'), 1000)).toBe('bug');
  expect(await ask(broken, 1000)).toBe('source_down');
});
