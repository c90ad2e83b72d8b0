import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../src/index.ts';
import { past } from './client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ ...past, conversationCount: 70, voiceableRows: 'mixed' });
});
afterAll(() => simulator.close());

interface Envelope {
  readonly status: { readonly code: number; readonly message: string };
  readonly data: readonly Record<string, unknown>[];
  readonly total_count: number;
  readonly cursor: string | null;
  readonly has_more: boolean;
}

async function proxy(path: string, headers: Record<string, string> = { 'x-api-key': simulator.apiKey ?? '' }) {
  const response = await fetch(`${simulator.voiceableUrl}${path}`, { headers });
  const body: unknown = await response.json();
  return { status: response.status, body };
}

test('pages hold everything once, and the last one has a cursor although there is no more', async () => {
  const ids: unknown[] = [];
  let cursor = '';
  for (;;) {
    const { body } = await proxy(`/conversations?page_size=20${cursor}`);
    const one = body as Envelope;
    expect(one.status).toEqual({ code: 200, message: 'Success' });
    expect(one.total_count).toBe(70);
    expect(one.cursor).not.toBeNull();
    ids.push(...one.data.map((row) => row['conversation_id'] ?? row['id']));
    if (!one.has_more) break;
    cursor = `&cursor=${one.cursor}`;
  }
  expect(ids).toEqual(Array.from({ length: 70 }, (_, n) => simulator.conversationIdAt(69 - n)));
});

test('rows come in both forms', async () => {
  const rows = ((await proxy('/conversations?page_size=100')).body as Envelope).data;
  const documented = rows.find((row) => 'conversation_id' in row && (row['transcript'] as unknown[]).length > 0);
  const observed = rows.find((row) => 'id' in row && (row['transcript'] as unknown[]).length > 0);
  expect(documented).toMatchObject({
    status: 'completed',
    transcript: expect.arrayContaining([
      {
        role: 'assistant',
        content: expect.any(String),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    ]),
    metadata: { duration: expect.any(Number), call_quality: expect.any(String) },
    created_at: expect.stringMatching(/Z$/),
  });
  expect(observed).toMatchObject({
    duration: expect.stringMatching(/^\d+:\d\d$/),
    transcript: expect.arrayContaining([
      { role: 'user', message: expect.any(String), time_in_call_secs: expect.any(Number) },
    ]),
    cost: { amount_cents: expect.any(Number), amount_dollars: expect.any(Number) },
    outcome: expect.any(String),
  });
});

test('a summary is left out on request', async () => {
  const text = async (query: string) => JSON.stringify((await proxy(`/conversations?page_size=100${query}`)).body);
  expect(await text('')).toContain('"summary"');
  expect(await text('&summary_mode=exclude')).not.toContain('"summary"');
});

test('a detail agrees with the truth of this dialect', async () => {
  for (const index of [0, 1, 2, 3, 4, 5]) {
    const id = simulator.conversationIdAt(index);
    const truth = simulator.truth(id, 'voiceable');
    const { data } = (await proxy(`/conversations/${id}`)).body as {
      data: { agent_name: string; transcript: { content?: string; message?: string }[] };
    };
    expect(data.agent_name).toBe(truth?.conversations['agent_name']);
    expect(data.transcript.map((turn) => turn.content ?? turn.message)).toEqual(
      truth?.transcript_turns.map((turn) => turn['message']),
    );
  }
});

test('errors are in the proxy’s envelope: 400 for a missing key and a bad parameter, 401 for a wrong key', async () => {
  const missing = await proxy('/conversations', {});
  const wrong = await proxy('/conversations', { 'x-api-key': 'nope' });
  const bad = await proxy('/conversations?page_size=ten');
  const unknown = await proxy('/conversations/conv_none');
  expect([missing.status, wrong.status, bad.status, unknown.status]).toEqual([400, 401, 400, 404]);
  for (const { status, body } of [missing, wrong, bad, unknown])
    expect(body).toMatchObject({
      status: { code: status, message: expect.any(String) },
      error: expect.any(String),
      errors: expect.any(Array),
    });
});

test('an upstream that fails is a 502 in its envelope', async () => {
  simulator.setFaults([{ match: { dialect: 'voiceable' }, times: 1, action: { do: 'upstream_error' } }]);
  expect(await proxy('/conversations')).toMatchObject({
    status: 502,
    body: { status: { code: 502 }, error: 'bad_gateway' },
  });
  expect((await proxy('/conversations')).status).toBe(200);
});

test('audio is behind the proxy too', async () => {
  const voice = Array.from({ length: 70 }, (_, index) => simulator.conversationIdAt(index)).find(
    (id) => simulator.truth(id)?.conversations['has_audio'] === true,
  );
  const response = await fetch(`${simulator.voiceableUrl}/conversations/${voice}/audio`, {
    headers: { 'x-api-key': simulator.apiKey ?? '' },
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/mpeg']);
  await response.arrayBuffer();
});
