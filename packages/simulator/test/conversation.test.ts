import { Agent, get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../src/index.ts';
import { allRows, ask, codeOf, page, past } from './client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ ...past, seed: 9, conversationCount: 120, countsDetailRequests: true });
});
afterAll(() => simulator.close());

const path = (id: string, tail = '') => `/v1/convai/conversations/${id}${tail}`;

test('a detail is what the universe says, and counts as asked for', async () => {
  const id = simulator.conversationIdAt(40);
  expect((await ask(simulator, path(id))).text).toBe(simulator.detailText(id));
  await ask(simulator, path(id));
  expect(simulator.stats().detailRequests.get(id)).toBe(2);
});

test('an unknown id is a 404, an unknown path too', async () => {
  const unknown = await ask(simulator, path('conv_0000'));
  expect([unknown.status, codeOf(unknown)]).toEqual([404, 'conversation_not_found']);
  expect((await ask(simulator, '/v2/anything')).status).toBe(404);
});

test('an id beyond the last conversation does not exist until it arrives', async () => {
  const id = simulator.conversationIdAt(120);
  expect((await ask(simulator, path(id))).status).toBe(404);
  // In the past: a call that starts now changes with every second, and the pages of the tests below with it.
  expect(simulator.addConversations(1, past)).toEqual([id]);
  expect((await ask(simulator, path(id))).status).toBe(200);
});

test('a body is compressed for a client that accepts it, over one connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  const fetchRaw = (encoding: string | null) =>
    new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      const headers = {
        'xi-api-key': simulator.apiKey ?? '',
        ...(encoding === null ? {} : { 'accept-encoding': encoding }),
      };
      get(`${simulator.url}${path(simulator.conversationIdAt(4))}`, { agent, headers }, (response: IncomingMessage) => {
        ports.add(response.socket.localPort);
        buffer(response).then((body) => resolve({ encoding: response.headers['content-encoding'], body }), reject);
      }).on('error', reject);
    });
  const plain = await fetchRaw(null);
  const packed = await fetchRaw('gzip, br');
  agent.destroy();
  expect([plain.encoding, packed.encoding]).toEqual([undefined, 'gzip']);
  expect(packed.body.length).toBeLessThan(plain.body.length / 2);
  expect(gunzipSync(packed.body)).toEqual(plain.body);
  expect(ports.size).toBe(1);
});

test('compression can be switched off', async () => {
  await using bare = await startSimulator({ ...past, conversationCount: 3, gzipLevel: null });
  const seen = await ask(bare, path(bare.conversationIdAt(0)), {
    headers: { 'xi-api-key': bare.apiKey ?? '', 'accept-encoding': 'gzip' },
  });
  expect(seen.headers.get('content-encoding')).toBeNull();
});

test('audio is an MPEG stream, the same each time, and a 404 where there is none', async () => {
  const ids = Array.from({ length: 60 }, (_, index) => simulator.conversationIdAt(index));
  const voice = ids.find((id) => simulator.truth(id)?.conversations['has_audio'] === true) ?? '';
  const text = ids.find((id) => simulator.truth(id)?.conversations['has_audio'] === false) ?? '';
  const first = await ask(simulator, path(voice, '/audio'));
  expect([first.status, first.headers.get('content-type')]).toEqual([200, 'audio/mpeg']);
  expect((await ask(simulator, path(voice, '/audio'))).text).toBe(first.text);
  expect((await ask(simulator, path(text, '/audio'))).status).toBe(404);
});

test('feedback is kept, and anything but like and dislike is a 422', async () => {
  const id = simulator.conversationIdAt(8);
  const post = (body: string) => ask(simulator, path(id, '/feedback'), { method: 'POST', body });
  expect((await post('{"feedback":"great"}')).status).toBe(422);
  expect((await post('no json')).status).toBe(422);
  expect((await post('{"feedback":"like"}')).status).toBe(200);
  const { metadata } = (await ask(simulator, path(id))).json<{ metadata: { feedback: object } }>();
  expect(metadata.feedback).toMatchObject({ type: 'thumbs', overall_score: 'like', likes: 1, dislikes: 0 });
  expect(simulator.truth(id)?.conversations).toMatchObject({ feedback_score: 'like', likes: 1 });
});

test('a deleted conversation is gone from list, detail and truth', async () => {
  const id = simulator.conversationIdAt(12);
  expect((await ask(simulator, path(id), { method: 'DELETE' })).status).toBe(200);
  expect((await ask(simulator, path(id))).status).toBe(404);
  expect((await ask(simulator, path(id), { method: 'DELETE' })).status).toBe(404);
  expect((await allRows(simulator, 'page_size=100')).map((row) => row.conversation_id)).not.toContain(id);
  expect(simulator.truth(id)).toBeNull();
});

test('a hidden conversation appears late, with its old start', async () => {
  const id = simulator.conversationIdAt(16);
  simulator.updateConversation(id, { isHidden: true });
  const before = await allRows(simulator, 'page_size=100');
  simulator.updateConversation(id, { isHidden: false });
  const after = await allRows(simulator, 'page_size=100');
  expect(before.map((row) => row.conversation_id)).not.toContain(id);
  expect(after.findIndex((row) => row.conversation_id === id)).toBeGreaterThan(50);
});

test('late analysis, late charging, tags and a re-run change the detail and the truth alike', async () => {
  const id =
    Array.from({ length: 100 }, (_, index) => simulator.conversationIdAt(index)).find(
      (one) => simulator.truth(one)?.conversations['status'] === 'done',
    ) ?? '';
  const summary = () => simulator.truth(id)?.conversations['summary'];
  const first = summary();
  simulator.updateConversation(id, { analysis: 'missing', charging: 'missing', tagIds: ['tag_late'] });
  const bare = (await ask(simulator, path(id))).json<{
    analysis: unknown;
    metadata: { cost: unknown };
    tag_ids: unknown;
  }>();
  expect([bare.analysis, bare.metadata.cost, bare.tag_ids]).toEqual([null, null, ['tag_late']]);
  expect(summary()).toBeNull();
  simulator.updateConversation(id, { analysis: 'present', charging: 'present', analysisRevision: 2 });
  const again = (await ask(simulator, path(id))).json<{ analysis: { transcript_summary: string } }>();
  expect(again.analysis.transcript_summary).toBe(summary());
  expect(summary()).not.toBe(first);
});

test('retention blanks the transcript and keeps the row', async () => {
  const id = simulator.conversationIdAt(20);
  const before = await page(simulator, 'page_size=100');
  simulator.updateConversation(id, { isTranscriptBlank: true });
  const detail = (await ask(simulator, path(id))).json<{
    transcript: unknown[];
    metadata: { deletion_settings: Record<string, unknown> };
  }>();
  expect(detail.transcript).toEqual([]);
  expect(detail.metadata.deletion_settings['deleted_transcript_at_time_unix_secs']).toEqual(expect.any(Number));
  expect(simulator.truth(id)?.transcript_turns).toEqual([]);
  expect(await page(simulator, 'page_size=100')).toMatchObject({ conversations: before.conversations });
});

test('changing an id that does not exist is refused', () => {
  expect(() => simulator.updateConversation('conv_none', { isDeleted: true })).toThrow(RangeError);
});

test('the endpoints that open a conversation answer', async () => {
  expect((await ask(simulator, '/v1/convai/conversation/get-signed-url?agent_id=a')).json()).toHaveProperty(
    'signed_url',
  );
  expect((await ask(simulator, '/v1/convai/conversation/token?agent_id=a')).json()).toHaveProperty('token');
});

test('errors can have the older form, or be a bare text', async () => {
  await using older = await startSimulator({ ...past, conversationCount: 1, errorForm: 'older' });
  await using text = await startSimulator({ ...past, conversationCount: 1, errorForm: 'text' });
  expect((await ask(older, path('conv_0'))).json()).toEqual({
    detail: { status: 'conversation_not_found', message: expect.any(String) },
  });
  expect((await ask(text, path('conv_0'))).json()).toEqual({ detail: expect.any(String) });
  expect((await ask(text, '/v1/convai/conversations?page_size=x')).json()).toEqual({ detail: [expect.any(Object)] });
});
