import { TerminalFailure, TransientFailure, type ConversationPayload } from '@voxport/domain';
import { expect, test } from 'vitest';
import { makeChooseDetail, type DetailMode } from './choose-detail.ts';

const { signal } = new AbortController();
const payloadOf = (json: object): ConversationPayload => ({
  conversationId: 'conv_1',
  body: Buffer.from(JSON.stringify(json)),
  receivedAtMs: 0,
});
const row = { id: 'conv_1', transcript: [{ role: 'user', content: 'hello' }], summary: null };
const job = { conversationId: 'conv_1', generation: 1, runId: null };

/** Chooses so many times in a row; says how often a detail was asked for, and what was chosen last. */
async function choosing(mode: DetailMode, detail: object | Error, listed: object | null, times: number) {
  let asked = 0;
  const choose = makeChooseDetail({
    mode,
    refuseUnwanted: async () => {},
    readRow: async () => (listed === null ? null : payloadOf(listed)),
    getConversation: async () => {
      asked += 1;
      if (detail instanceof Error) throw detail;
      return payloadOf(detail);
    },
  });
  let last: unknown;
  for (let time = 0; time < times; time += 1) {
    last = await choose(job, signal).then(
      ({ body }) => JSON.parse(Buffer.from(body).toString()) as unknown,
      (error: unknown) => error,
    );
  }
  return { asked, last };
}

const missing = new TransientFailure('detail_missing', '404', { status: 404 });

test('a detail that cannot be had is replaced by the row, and hardly asked for any more after twenty', async () => {
  expect(await choosing('auto', missing, row, 1)).toEqual({ asked: 1, last: row });
  expect(await choosing('auto', missing, row, 120)).toEqual({ asked: 22, last: row });
});

test('a detail that has more is asked for each time', async () => {
  for (const more of [
    { ...row, summary: 'about it' },
    { ...row, transcript: [...row.transcript, {}] },
    { ...row, transcript: [{ ...row.transcript[0], at: 3 }] },
  ])
    expect(await choosing('auto', more, row, 60)).toEqual({ asked: 60, last: more });
  expect((await choosing('auto', row, null, 60)).asked).toBe(60);
});

test('one that has nothing that the row has not is hardly asked for after twenty', async () => {
  expect((await choosing('auto', { ...row, status: null }, row, 120)).asked).toBe(22);
});

test('always asks, never asks, and says so where the row has no transcript', async () => {
  expect(await choosing('always', missing, row, 30)).toEqual({ asked: 30, last: missing });
  expect(await choosing('never', { more: 1 }, row, 30)).toEqual({ asked: 0, last: row });
  const { asked, last } = await choosing('never', row, null, 1);
  expect(asked).toBe(0);
  expect(last).toBeInstanceOf(TerminalFailure);
  expect(last).toMatchObject({ code: 'incomplete_payload', message: expect.stringContaining('detail: auto') });
});

test('any other failure stays what it is', async () => {
  const error = new TransientFailure('server_error', '500', { status: 500 });
  expect((await choosing('auto', error, row, 1)).last).toBe(error);
  expect((await choosing('auto', missing, null, 1)).last).toBe(missing);
});

test('a row is not taken where the detail is no longer wanted', async () => {
  const choose = makeChooseDetail({
    mode: 'never',
    refuseUnwanted: () => Promise.reject(new Error('not wanted')),
    readRow: async () => payloadOf(row),
    getConversation: async () => payloadOf(row),
  });
  await expect(choose(job, signal)).rejects.toThrow('not wanted');
});
