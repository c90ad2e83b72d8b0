import { expect, test } from 'vitest';
import { runVoxport, simulate, warehouseUrl } from './voxport.ts';

/** Every secret that the process is given, each in a form that could slip into a message. */
const key = 'sk_live_4f9d"quoted\\7c21e8b5';
const otlpToken = 'otlp-token-93c1';

type Line = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };
const errorLevel = 50;
const warnLevel = 40;

async function sync(apiUrl: string) {
  const url = new URL(await warehouseUrl());
  // A server that asks for none takes any.
  if (url.password === '') url.password = encodeURIComponent('pass/word with 20% more');
  const env = {
    ELEVENLABS_API_KEY: key,
    ELEVENLABS_BASE_URL: apiUrl,
    DATABASE_URL: url.href,
    LOG_LEVEL: 'trace',
    // Nobody listens there: that traces cannot be sent is logged, without the token.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:the-otlp-password@127.0.0.1:9',
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${otlpToken}`,
  };
  const { stderr, code } = await runVoxport(['sync', '--json'], env);
  const lines = stderr.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
  return { lines, code, text: stderr.join('\n'), databasePassword: url.password };
}

test('a conversation that fails has one error line, with its ids, wherever it failed; and no line holds a secret', async () => {
  const simulator = await simulate({ conversationCount: 30, apiKey: key });
  const [refused, unusable, flaky] = [3, 9, 14].map((index) => simulator.conversationIdAt(index));
  simulator.setFaults([
    {
      match: { endpoint: 'detail', conversationId: refused! },
      // A source that quotes the key in its answer.
      action: {
        do: 'status',
        status: 422,
        body: { detail: { status: 'bad', message: `the key ${key} is of no use` } },
      },
    },
    {
      match: { endpoint: 'detail', conversationId: unusable! },
      action: { do: 'status', status: 200, body: '["no conversation"]', contentType: 'application/json' },
    },
    {
      match: { endpoint: 'detail', conversationId: flaky! },
      times: 1,
      action: { do: 'status', status: 503, body: key },
    },
  ]);
  const { lines, code, text, databasePassword } = await sync(simulator.url);
  expect(code, text).toBe(1);

  const errors = lines.filter(({ level }) => level >= errorLevel);
  expect(errors).toHaveLength(2);
  const byConversation = new Map(errors.map((line) => [line['conversationId'], line]));
  expect(byConversation.get(refused)).toMatchObject({
    sourceId: 'elevenlabs',
    job: 'fetch-conversation',
    runId: expect.any(Number),
    attempt: 1,
    errorClass: 'invalid_request',
    status: 422,
  });
  expect(byConversation.get(unusable)).toMatchObject({
    sourceId: 'elevenlabs',
    job: 'load-landed',
    runId: byConversation.get(refused)!['runId'],
    payloadId: expect.any(Number),
    attempt: 1,
    errorClass: 'unusable_payload',
  });
  // An attempt that is followed by another one is a warning, and no error.
  const retried = lines.filter((line) => line['conversationId'] === flaky);
  expect(retried.map(({ level }) => level)).toEqual([warnLevel]);
  expect(retried[0]).toMatchObject({ attempt: 1, runId: expect.any(Number), status: 503 });

  for (const form of [key, JSON.stringify(key).slice(1, -1), encodeURIComponent(key)]) expect(text).not.toContain(form);
  for (const secret of [databasePassword, decodeURIComponent(databasePassword), otlpToken, 'the-otlp-password'])
    expect(text).not.toContain(secret);
});

test('a window that cannot be listed has one error line, with its ids', async () => {
  const simulator = await simulate({ conversationCount: 30, apiKey: key });
  simulator.setFaults([
    // The first request only looks whether the key is accepted.
    { match: { endpoint: 'list', nth: 2 }, action: { do: 'status', status: 422, body: { detail: 'no' } } },
  ]);
  const { lines } = await sync(simulator.url);
  const errors = lines.filter(({ level }) => level >= errorLevel);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({
    job: 'list-page',
    windowId: expect.any(Number),
    page: 0,
    runId: expect.any(Number),
    attempt: 1,
    errorClass: 'invalid_request',
  });
});

test('lines are JSON where there is no terminal', async () => {
  const simulator = await simulate({ conversationCount: 5, apiKey: key });
  const { lines, text } = await sync(simulator.url);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines)
    expect(line).toMatchObject({ level: expect.any(Number), time: expect.any(String), service: 'voxport' });
  expect(text).not.toContain('\u001B[');
});
