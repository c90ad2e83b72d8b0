import { TerminalFailure, TransientFailure } from '@voxport/domain';
import type { ProbeVerdict } from '@voxport/runtime';
import { expect, test } from 'vitest';
import { makeFailureJudge } from './judge-failure.ts';

const signal = new AbortController().signal;
const silence = new TransientFailure('server_error', 'oops', { status: 500 });
const refusal = new TerminalFailure('forbidden', 'not this one.', { status: 403 });
const answers: ProbeVerdict = { kind: 'answers' };
const away: ProbeVerdict = { kind: 'away', code: 'timeout', reason: 'no answer' };
const refused: ProbeVerdict = { kind: 'refused', code: 'unauthorized', reason: 'the key is wrong' };

function judging(verdict: ProbeVerdict, canWaitForDetails = true) {
  let probes = 0;
  const judge = makeFailureJudge({
    sourceId: 'support',
    probe: {
      verdict: async () => {
        probes += 1;
        return verdict;
      },
    },
    hasDetailLanded: async () => true,
    hasUntriedDetail: async () => canWaitForDetails,
  });
  async function fails(error: unknown, attempt: number): Promise<unknown> {
    const handle = judge.judged(async () => {
      throw error;
    });
    try {
      return await handle({}, { signal, attempt });
    } catch (judged) {
      return judged;
    }
  }
  return { judge, fails, probes: () => probes };
}

test('a refusal is that of one conversation while the list answers the same key', async () => {
  const { fails } = judging(answers);
  const judged = await fails(refusal, 1);
  expect(judged).toMatchObject({ name: 'TerminalFailure', code: 'forbidden', concerns: 'request', status: 403 });
  expect(String(judged)).toContain('The list answers the same API key');
});

test('a refusal concerns the source when the list is refused too, for the reason that the list has', async () => {
  expect(await judging(refused).fails(refusal, 1)).toMatchObject({
    name: 'TerminalFailure',
    code: 'unauthorized',
    message: 'the key is wrong',
    concerns: 'source',
  });
});

test('a refusal is not judged while the source has too many requests or is away', async () => {
  expect(await judging({ kind: 'busy' }).fails(refusal, 1)).toMatchObject({ code: 'concurrent_limit' });
  expect(await judging(away).fails(refusal, 1)).toMatchObject({ code: 'source_down', concerns: 'source' });
});

test('an error that comes once sets off no request, unless it asks for a long wait', async () => {
  const { fails, probes } = judging(away);
  expect(await fails(silence, 1)).toBe(silence);
  expect(probes()).toBe(0);
  const maintenance = new TransientFailure('server_error', 'back in an hour', { retryAfterMs: 3_600_000 });
  expect(await fails(maintenance, 1)).toMatchObject({ code: 'source_down' });
});

test('an error that comes again is an outage when the list is not answered either, else its own', async () => {
  expect(await judging(away).fails(silence, 2)).toMatchObject({ code: 'source_down', concerns: 'source' });
  expect(await judging(answers).fails(silence, 8)).toBe(silence);
});

test('a crowd of details without an answer is waited for, as long as one was not tried; a few are not', async () => {
  for (const [crowd, canWait, code] of [
    [9, true, 'server_error'],
    [10, true, 'source_down'],
    [10, false, 'server_error'],
  ] as const) {
    const { judge, fails } = judging(answers, canWait);
    for (let count = 0; count < crowd; count += 1) judge.detailEnded(`conv_${count}`, silence);
    expect(await fails(silence, 2)).toMatchObject({ code });
    judge.detailEnded('conv_other', null);
    expect(await fails(silence, 2)).toMatchObject({ code: 'server_error' });
  }
});

test('what is no failure of a request passes as it is', async () => {
  const { fails, probes } = judging(away);
  for (const error of [
    new TypeError('bug'),
    new TransientFailure('rate_limit', '429'),
    new TerminalFailure('not_found', '404'),
  ])
    expect(await fails(error, 5)).toBe(error);
  expect(probes()).toBe(0);
});
