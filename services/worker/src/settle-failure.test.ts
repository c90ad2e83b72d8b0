import { expect, test } from 'vitest';
import { TerminalFailure, TransientFailure, type RetryDecision } from '@voxport/domain';
import type { JobReference } from '@voxport/jobs';
import { makeLogger } from '@voxport/runtime';
import { makeSettleFailure } from './settle-failure.ts';

const detail: JobReference<'fetch'> = {
  name: 'fetch-conversation',
  payload: { conversationId: 'a', generation: 3, runId: 7 },
};
const page: JobReference<'fetch'> = { name: 'list-page', payload: { windowId: 5, page: 2, runId: 7 } };
const deadLetter: RetryDecision = { kind: 'dead_letter' };

function settling() {
  const calls: [string, ...unknown[]][] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]): Promise<void> =>
      void calls.push([name, ...args]);
  const settle = makeSettleFailure({
    noteAttempt: note('noteAttempt'),
    markGone: note('markGone'),
    failConversation: note('failConversation'),
    failListing: note('failListing'),
    failRecording: note('failRecording'),
    pauseSource: async (pause) => {
      calls.push(['pauseSource', pause]);
      return true;
    },
    pauseQueue: note('pauseQueue'),
    wakeLoader: note('wakeLoader'),
    evidence: (body) => body,
    logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
    report: ({ store, what }) => void calls.push(['report', store, what]),
  });
  return { calls, settle };
}

test('a request that a limit refused leaves no trace: it counts no attempt', async () => {
  const { calls, settle } = settling();
  await settle(detail, new TransientFailure('concurrent_limit', 'crowded'), { kind: 'delay_job', delayMs: 1 }, 1);
  await settle(page, new TransientFailure('rate_limit', 'slow down'), { kind: 'delay_queue', delayMs: 1 }, 1);
  expect(calls).toEqual([]);
});

test('a job that waits because Postgres is away is told as its outage, and leaves no trace', async () => {
  const { calls, settle } = settling();
  await settle(detail, new TransientFailure('database', 'it is away'), { kind: 'delay_queue', delayMs: 1 }, 1);
  expect(calls).toEqual([['report', 'database', 'it is away']]);
});

test('an attempt that is tried again is noted', async () => {
  const { calls, settle } = settling();
  await settle(detail, new TransientFailure('server_error', 'oops', { status: 503 }), { kind: 'retry', delayMs: 1 }, 4);
  expect(calls).toEqual([['noteAttempt', { ...detail.payload, code: 'server_error', message: 'oops', attempts: 4 }]]);
});

test('a refused key pauses the source, with the reason, and only then its queue', async () => {
  const { calls, settle } = settling();
  await settle(
    detail,
    new TerminalFailure('unauthorized', 'the key is wrong', { status: 401 }),
    { kind: 'pause_source' },
    1,
  );
  expect(calls).toEqual([['pauseSource', { code: 'unauthorized', reason: 'the key is wrong' }], ['pauseQueue']]);
});

test('a conversation that answers 404 is gone, and no failure; what a webhook has landed of it is looked for', async () => {
  const { calls, settle } = settling();
  await settle(detail, new TerminalFailure('not_found', 'gone', { status: 404 }), deadLetter, 1);
  expect(calls).toEqual([['markGone', detail.payload], ['wakeLoader']]);
});

test('a list that answers 404 is a failure of its window: the address is wrong', async () => {
  const { calls, settle } = settling();
  await settle(page, new TerminalFailure('not_found', 'no such path', { status: 404 }), deadLetter, 1);
  expect(calls).toEqual([
    [
      'failListing',
      {
        stage: 'list',
        conversationId: null,
        payloadId: null,
        ...page.payload,
        code: 'not_found',
        message: 'no such path',
        status: 404,
        attempts: 1,
      },
    ],
  ]);
});

test('a dead letter keeps the answer that could not be used, and a bug is one too', async () => {
  const { calls, settle } = settling();
  const body = Buffer.from('<html>');
  const failed = { stage: 'fetch', windowId: null, ...detail.payload };
  await settle(
    detail,
    new TerminalFailure('unusable_payload', 'no conversation', { status: 200, body }),
    deadLetter,
    1,
  );
  await settle(detail, new TypeError('x is undefined'), deadLetter, 8);
  expect(calls).toEqual([
    [
      'failConversation',
      { ...failed, code: 'unusable_payload', message: 'no conversation', status: 200, attempts: 1, body },
    ],
    [
      'failConversation',
      {
        ...failed,
        code: 'unexpected',
        message: expect.stringMatching(/^TypeError: x is undefined at settle-failure\.test\.ts:\d+$/u),
        status: null,
        attempts: 8,
        body: null,
      },
    ],
  ]);
});

test('a dead letter that cannot be written is not swallowed: the job must not be acknowledged', async () => {
  const settle = makeSettleFailure({
    noteAttempt: async () => {},
    markGone: async () => {},
    failConversation: () => Promise.reject(new Error('the database is down')),
    failListing: async () => {},
    failRecording: async () => {},
    pauseSource: async () => true,
    pauseQueue: async () => {},
    wakeLoader: async () => {},
    evidence: (body) => body,
    logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
    report: () => {},
  });
  const settled = settle(detail, new TerminalFailure('invalid_request', 'no'), deadLetter, 1);
  await expect(settled).rejects.toThrow('the database is down');
});
