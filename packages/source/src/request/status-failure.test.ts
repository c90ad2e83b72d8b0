import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Dialect } from '@voxport/domain';
import { describe, expect, test } from 'vitest';
import { sendJson, startServer } from '../../test/servers.ts';
import { apiKey, failureOf, patient, testSource, wholeDay } from '../../test/sources.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    sendJson(response, status, body, headers);
const html =
  (status: number): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html><title>Bad</title></html>');

async function askDetail(dialect: Dialect, answer: Answer) {
  await using server = await startServer(answer);
  await using source = testSource({ baseUrl: server.baseUrl, dialect });
  return failureOf(source.getConversation('conv_1', patient));
}

async function askList(dialect: Dialect, answer: Answer, cursor: string | null = null) {
  await using server = await startServer(answer);
  await using source = testSource({ baseUrl: server.baseUrl, dialect });
  return failureOf(source.listPage({ range: wholeDay, cursor, pageSize: 10 }, patient));
}

const elevenlabsDetails: ReadonlyArray<readonly [string, Answer, 'TerminalFailure' | 'TransientFailure', string]> = [
  [
    '401 with a new code',
    json(401, { detail: { type: 'authentication_error', code: 'invalid_api_key', message: 'Invalid API key' } }),
    'TerminalFailure',
    'unauthorized',
  ],
  [
    '401 with a legacy status',
    json(401, { detail: { status: 'invalid_api_key', message: 'Invalid API key' } }),
    'TerminalFailure',
    'unauthorized',
  ],
  ['401 without a body', (_request, response) => response.writeHead(401).end(), 'TerminalFailure', 'unauthorized'],
  [
    '401 for a missing permission',
    json(401, { detail: { status: 'missing_permissions', message: 'convai_read is missing' } }),
    'TerminalFailure',
    'forbidden',
  ],
  [
    '402',
    json(402, { detail: { code: 'payment_required', message: 'Pay first' } }),
    'TerminalFailure',
    'payment_required',
  ],
  ['403', json(403, { detail: { code: 'insufficient_permissions', message: 'No' } }), 'TerminalFailure', 'forbidden'],
  ['401 in HTML', html(401), 'TransientFailure', 'not_the_api'],
  ['403 in HTML', html(403), 'TransientFailure', 'not_the_api'],
  [
    '401 for a quota that is used up',
    json(401, { detail: { status: 'quota_exceeded', message: 'This request exceeds your quota of 10000.' } }),
    'TerminalFailure',
    'quota_exceeded',
  ],
  [
    '404 by code',
    json(404, { detail: { code: 'conversation_not_found', message: 'Not there' } }),
    'TerminalFailure',
    'not_found',
  ],
  ['404 as text', json(404, { detail: 'Conversation not found' }), 'TerminalFailure', 'not_found'],
  ['404 in HTML, which is not the API and no deletion', html(404), 'TransientFailure', 'not_the_api'],
  [
    '404 without a body, which is not the API and no deletion',
    (_request, response) => response.writeHead(404).end(),
    'TransientFailure',
    'not_the_api',
  ],
  ['400', json(400, { detail: { code: 'invalid_parameters', message: 'No' } }), 'TerminalFailure', 'invalid_request'],
  ['405', json(405, { detail: 'Method Not Allowed' }), 'TerminalFailure', 'invalid_request'],
  ['408', json(408, { detail: 'Timeout' }), 'TransientFailure', 'server_error'],
  [
    '422',
    json(422, { detail: [{ loc: ['path', 'conversation_id'], msg: 'too long', type: 'value_error' }] }),
    'TerminalFailure',
    'invalid_request',
  ],
  [
    '429 for requests in flight',
    json(429, { detail: { code: 'concurrent_limit_exceeded', message: 'Too many' } }),
    'TransientFailure',
    'concurrent_limit',
  ],
  [
    '429 for requests in flight, legacy',
    json(429, { detail: { status: 'too_many_concurrent_requests', message: 'Too many' } }),
    'TransientFailure',
    'concurrent_limit',
  ],
  [
    '429 with a new code beside a legacy status',
    json(429, { detail: { code: 'rate_limit_error', status: 'too_many_concurrent_requests', message: 'Too many' } }),
    'TransientFailure',
    'concurrent_limit',
  ],
  [
    '429 for the rate',
    json(429, { detail: { code: 'rate_limit_exceeded', message: 'Slow down' } }),
    'TransientFailure',
    'rate_limit',
  ],
  [
    '429 for a busy system',
    json(429, { detail: { status: 'system_busy', message: 'Busy' } }),
    'TransientFailure',
    'rate_limit',
  ],
  ['429 of an unknown kind', json(429, { detail: 'no' }), 'TransientFailure', 'rate_limit'],
  ['429 in HTML', html(429), 'TransientFailure', 'rate_limit'],
  ['500', json(500, { detail: 'Internal Server Error' }), 'TransientFailure', 'server_error'],
  ['502 in HTML', html(502), 'TransientFailure', 'server_error'],
  [
    '503 for maintenance',
    json(503, { detail: { code: 'maintenance', message: 'Back soon' } }),
    'TransientFailure',
    'server_error',
  ],
  ['200 in HTML', html(200), 'TransientFailure', 'malformed_response'],
  [
    '200 with a cut body',
    (_request, response) => response.end('{"conversation_id":"conv_1","tran'),
    'TransientFailure',
    'malformed_response',
  ],
  ['200 without a body', (_request, response) => response.end(), 'TransientFailure', 'malformed_response'],
  ['204', (_request, response) => response.writeHead(204).end(), 'TransientFailure', 'malformed_response'],
];

describe('a detail of ElevenLabs', () => {
  test.each(elevenlabsDetails)('%s', async (_what, answer, name, code) => {
    expect(await askDetail('elevenlabs', answer)).toMatchObject({ name, code });
  });

  test('the message holds status, code, parameter and the trace id, and of the API’s words their digest', async () => {
    const failure = await askDetail(
      'elevenlabs',
      json(
        400,
        { detail: { code: 'invalid_parameters', message: 'No such thing', param: 'agent_id' } },
        { 'x-trace-id': '0af7651916cd43dd8448eb211c80319c' },
      ),
    );
    expect(failure.status).toBe(400);
    expect(failure.message).toBe(
      'Source "main": asked for conversation conv_1, the API answered 400 (invalid_parameters), about the parameter agent_id, in words that are cut because they may quote a call (13 characters, digest bc873a). Sending the same again cannot help. (trace id 0af7651916cd43dd8448eb211c80319c)',
    );
  });

  test('an error body in gzip is read too', async () => {
    const failure = await askDetail('elevenlabs', (_request, response) => {
      response.writeHead(429, { 'content-encoding': 'gzip' });
      response.end(gzipSync(JSON.stringify({ detail: { code: 'concurrent_limit_exceeded' } })));
    });
    expect(failure.code).toBe('concurrent_limit');
  });

  test('an error body in a broken gzip leaves the status to decide', async () => {
    const failure = await askDetail('elevenlabs', (_request, response) => {
      response.writeHead(503, { 'content-encoding': 'gzip' });
      response.end('no gzip');
    });
    expect(failure).toMatchObject({ code: 'server_error', status: 503 });
  });

  test.each([
    [429, '3', 3000],
    [503, '0', 0],
    [429, 'soon', null],
  ])('a %i with Retry-After %j asks to wait %j ms', async (status, value, expected) => {
    expect(await askDetail('elevenlabs', json(status, {}, { 'retry-after': value }))).toMatchObject({
      retryAfterMs: expected,
    });
  });

  test('the rate headers of another dialect are not read', async () => {
    expect(await askDetail('elevenlabs', json(429, {}, { 'x-ratelimit-reset': '5' }))).toMatchObject({
      retryAfterMs: null,
    });
  });
});

describe('a list of ElevenLabs', () => {
  test.each([
    ['400', json(400, { detail: { code: 'invalid_cursor', message: 'Invalid or expired' } })],
    ['400 with a legacy status', json(400, { detail: { status: 'invalid_cursor', message: 'Invalid or expired' } })],
    ['422 about the cursor', json(422, { detail: [{ loc: ['query', 'cursor'], msg: 'is bad', type: 'value_error' }] })],
    ['422 by code', json(422, { detail: { code: 'invalid_cursor' } })],
  ])('a cursor refused by %s is an expired cursor', async (_what, answer) => {
    expect(await askList('elevenlabs', answer, 'old')).toMatchObject({
      name: 'TerminalFailure',
      code: 'cursor_expired',
    });
  });

  test('without a cursor sent nothing has expired', async () => {
    const answer = json(400, { detail: { code: 'invalid_cursor', message: 'Invalid or expired' } });
    expect(await askList('elevenlabs', answer)).toMatchObject({ code: 'invalid_request' });
  });

  test('a 422 names its codes and its first parameter', async () => {
    const failure = await askList(
      'elevenlabs',
      json(422, {
        detail: [
          { loc: ['query', 'page_size'], msg: 'must be at most 100', type: 'less_than_equal' },
          { loc: ['query', 'rating_min'], msg: 'must be a number', type: 'int_parsing' },
        ],
      }),
    );
    expect(failure).toMatchObject({ name: 'TerminalFailure', code: 'invalid_request', status: 422 });
    expect(failure.message).toContain('(less_than_equal, int_parsing)');
    expect(failure.message).toContain('about the parameter page_size');
  });

  test('a 404 points at the base URL', async () => {
    const failure = await askList('elevenlabs', json(404, { detail: 'Not Found' }));
    expect(failure).toMatchObject({ name: 'TerminalFailure', code: 'invalid_request' });
    expect(failure.message).toContain('base_url');
  });

  test.each([
    ['HTML', html(200)],
    ['no array of conversations', json(200, { conversations: null, has_more: false })],
    ['the envelope of another dialect', json(200, { data: [], has_more: false })],
    ['an array', json(200, [])],
    ['more without a cursor', json(200, { conversations: [], has_more: true, next_cursor: null })],
    ['more with the cursor that was sent', json(200, { conversations: [], has_more: true, next_cursor: 'same' })],
  ])('a 200 with %s is a malformed response', async (_what, answer) => {
    expect(await askList('elevenlabs', answer, 'same')).toMatchObject({
      name: 'TransientFailure',
      code: 'malformed_response',
      status: 200,
    });
  });
});

const envelope = (code: number, rest: object): unknown => ({ status: { code, message: 'Some words' }, ...rest });

describe('voiceable', () => {
  test.each([
    ['401', json(401, envelope(401, { error: 'Invalid API key' })), 'TerminalFailure', 'unauthorized'],
    [
      '400 that says in words that the key is missing',
      json(400, envelope(400, { error: 'Missing API key' })),
      'TerminalFailure',
      'invalid_request',
    ],
    [
      '400 that says by code that the key is missing',
      json(400, envelope(400, { error: 'missing_api_key' })),
      'TerminalFailure',
      'unauthorized',
    ],
    [
      '400 with the upstream’s code in details',
      json(400, envelope(400, { details: { detail: { code: 'invalid_api_key' } } })),
      'TerminalFailure',
      'unauthorized',
    ],
    ['404', json(404, envelope(404, { error: 'Conversation not found' })), 'TerminalFailure', 'not_found'],
    ['502', json(502, envelope(502, { error: 'ElevenLabs API error' })), 'TransientFailure', 'server_error'],
    ['502 in HTML', html(502), 'TransientFailure', 'server_error'],
    ['429', json(429, envelope(429, { error: 'Too many requests' })), 'TransientFailure', 'rate_limit'],
    [
      '429 passed on',
      json(429, { detail: { status: 'too_many_concurrent_requests' } }),
      'TransientFailure',
      'concurrent_limit',
    ],
    [
      'an error envelope under 200',
      json(200, envelope(502, { error: 'ElevenLabs API error', data: null })),
      'TransientFailure',
      'server_error',
    ],
  ])('%s', async (_what, answer, name, code) => {
    expect(await askDetail('voiceable', answer)).toMatchObject({ name, code });
  });

  test.each([
    ['400 by code', json(400, envelope(400, { error: 'invalid_cursor' }))],
    ['400 by field', json(400, envelope(400, { errors: [{ field: 'cursor', message: 'is bad' }] }))],
    [
      '502 around the upstream’s refusal',
      json(502, envelope(502, { details: { detail: { code: 'invalid_cursor' } } })),
    ],
  ])('a cursor refused by %s is an expired cursor', async (_what, answer) => {
    expect(await askList('voiceable', answer, 'old')).toMatchObject({
      name: 'TerminalFailure',
      code: 'cursor_expired',
    });
  });

  test('the message tells of the words of all places by one digest, which tells the same words again', async () => {
    const said = (details: string) =>
      askList(
        'voiceable',
        json(400, envelope(400, { error: 'Bad request', errors: ['page_size is too large'], details })),
      );
    const digestOf = async (details: string) => /digest (\w+)/u.exec((await said(details)).message)?.[1];
    expect((await said('See the docs')).message).toContain('49 characters');
    expect(await digestOf('See the docs')).toBe(await digestOf('See the docs'));
    expect(await digestOf('See the docs')).not.toBe(await digestOf('See the doc'));
  });

  test('the words of the status serve where there are no others', async () => {
    expect((await askList('voiceable', json(400, envelope(400, {})))).message).toContain('10 characters');
  });

  test('an error envelope under 200 is an error of the list too', async () => {
    expect(await askList('voiceable', json(200, envelope(401, {})))).toMatchObject({
      name: 'TerminalFailure',
      code: 'unauthorized',
      status: 401,
    });
  });

  test('a list without an array of data is a malformed response', async () => {
    expect(await askList('voiceable', json(200, envelope(200, { data: {} })))).toMatchObject({
      code: 'malformed_response',
    });
  });

  test('a 429 waits for the rate limit’s reset, Retry-After first', async () => {
    expect(await askDetail('voiceable', json(429, {}, { 'x-ratelimit-reset': '5' }))).toMatchObject({
      retryAfterMs: 5000,
    });
    expect(await askDetail('voiceable', json(429, {}, { 'x-ratelimit-reset': '5', 'retry-after': '2' }))).toMatchObject(
      { retryAfterMs: 2000 },
    );
    expect(await askDetail('voiceable', json(503, {}, { 'x-ratelimit-reset': '5' }))).toMatchObject({
      retryAfterMs: null,
    });
  });
});

describe('a redirect', () => {
  test.each([
    [301, 'TerminalFailure', 'invalid_request'],
    [302, 'TransientFailure', 'malformed_response'],
    [307, 'TransientFailure', 'malformed_response'],
    [308, 'TerminalFailure', 'invalid_request'],
  ])('%i is not followed, so the key does not travel', async (status, name, code) => {
    await using elsewhere = await startServer((_request, response) => response.end('{}'));
    const failure = await askDetail('elevenlabs', (_request, response) => {
      response.writeHead(status, { location: `${elsewhere.baseUrl}/new?token=t` }).end();
    });
    expect(failure).toMatchObject({ name, code, status });
    expect(failure.message).toContain(`redirect to ${new URL(elsewhere.baseUrl).origin}.`);
    expect(failure.message).not.toContain('token');
    expect(elsewhere.requests).toHaveLength(0);
  });
});

test.each(['elevenlabs', 'voiceable'] as const)(
  '%s echoing the key in its error does not bring it into ours',
  async (dialect) => {
    const echo = json(
      400,
      {
        detail: { code: 'invalid_parameters', message: `Key ${apiKey} is bad`, param: apiKey },
        error: `key ${apiKey}`,
      },
      { 'x-trace-id': apiKey },
    );
    const failure = await askDetail(dialect, echo);
    expect(`${failure.message}${failure.stack}${JSON.stringify(failure)}`).not.toContain(apiKey);
  },
);

/** What a source may say of a caller, in every place of an answer from which a message of ours is made. */
const caller = ['Jane', '41795550123', 'Baker-Street'];
const [name, number, street] = caller;
const quoting: ReadonlyArray<readonly [string, Answer]> = [
  ['a message', json(422, { detail: { code: 'invalid_parameters', message: `${name} of ${street} (+${number})` } })],
  ['a code', json(400, { detail: { code: `${name}_${number}`, status: name, type: street } })],
  [
    'a parameter',
    json(422, { detail: [{ loc: ['query', `${name}`, `${number}`], msg: 'is bad', type: `${street}` }] }),
  ],
  ['a text', json(403, { detail: `${name} of ${street} (+${number})` })],
  ['an envelope', json(502, { status: { code: 502, message: name }, error: `+${number}`, errors: [{ field: name }] })],
  ['an envelope under 200', json(200, { status: { code: 400, message: `${name} ${street}` }, data: null })],
  ['a trace id', json(500, {}, { 'x-trace-id': `${number}`, 'x-request-id': `${name}` })],
  ['a redirect', json(308, {}, { location: `https://elsewhere.example/${street}/${name}?phone=${number}` })],
  [
    'a content-encoding',
    (_request, response) => response.writeHead(200, { 'content-encoding': `${name}` }).end(Buffer.from([0xff, 0xfe])),
  ],
  ['no JSON', (_request, response) => response.end(`${name} lives in ${street}, call +${number}`)],
  ['HTML', (_request, response) => response.writeHead(500).end(`<p>${name}, ${street}, ${number}</p>`)],
];

test.each(
  (['elevenlabs', 'voiceable'] as const).flatMap((dialect) =>
    quoting.map(([what, answer]) => ({ dialect, what, answer })),
  ),
)('$dialect quoting a caller in $what brings none of it into a message', async ({ dialect, what, answer }) => {
  // An envelope under 200 is one of voiceable's only: in a payload of ElevenLabs these are fields.
  const isPayload = dialect === 'elevenlabs' && what === 'an envelope under 200';
  for (const failure of [...(isPayload ? [] : [await askDetail(dialect, answer)]), await askList(dialect, answer)]) {
    const { message, stack, cause } = failure;
    const told = `${message}${stack}${String(cause)}${JSON.stringify({ cause })}`.toLowerCase();
    for (const word of caller) expect(told).not.toContain(word.toLowerCase());
  }
});
