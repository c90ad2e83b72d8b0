import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sendJson, startServer } from '../test/servers.ts';
import { apiKey, failureOf, patient, testSource, wholeDay } from '../test/sources.ts';

const emptyPage = { conversations: [], next_cursor: null, has_more: false };

describe('requests', () => {
  test('ElevenLabs is asked below its prefix, with its key header', async () => {
    await using server = await startServer((_request, response) => sendJson(response, 200, emptyPage));
    await using source = testSource({ baseUrl: `${server.baseUrl}/proxy/v9/` });
    await source.listPage({ range: wholeDay, cursor: null, pageSize: 100 }, patient);
    await source.getConversation('conv_1', patient);
    const [list, detail] = server.requests;
    expect(list?.url).toMatch(/^\/proxy\/v9\/v1\/convai\/conversations\?/);
    expect(detail?.url).toBe('/proxy/v9/v1/convai/conversations/conv_1');
    expect(detail?.headers).toMatchObject({
      'xi-api-key': apiKey,
      'accept-encoding': 'gzip',
      accept: 'application/json',
      'user-agent': 'voxport-test/1',
    });
    expect(list?.headers).not.toHaveProperty('x-api-key');
  });

  test('voiceable is asked below its prefix, with its key header', async () => {
    await using server = await startServer((_request, response) =>
      sendJson(response, 200, { data: [], has_more: false }),
    );
    await using source = testSource({ baseUrl: `${server.baseUrl}/api/v1`, dialect: 'voiceable' });
    await source.listPage({ range: wholeDay, cursor: null, pageSize: 100 }, patient);
    await source.getConversation('conv_1', patient);
    expect(server.requests.map(({ url }) => url?.split('?')[0])).toEqual([
      '/api/v1/conversations',
      '/api/v1/conversations/conv_1',
    ]);
    expect(new URL(`http://x${server.requests[0]?.url}`).searchParams.get('summary_mode')).toBe('exclude');
    expect(server.requests[0]?.headers).toMatchObject({ 'x-api-key': apiKey });
  });

  test.each([
    ['a/b?c#d', 'a%2Fb%3Fc%23d'],
    ['ümläut 😀', '%C3%BCml%C3%A4ut%20%F0%9F%98%80'],
    ['..', '%2E%2E'],
    ['a'.repeat(2000), 'a'.repeat(2000)],
    ['\ud800', '%EF%BF%BD'],
  ])('an id is one encoded step of the path', async (id, step) => {
    await using server = await startServer((_request, response) => sendJson(response, 200, {}));
    await using source = testSource({ baseUrl: server.baseUrl });
    const payload = await source.getConversation(id, patient);
    expect(server.requests[0]?.url).toBe(`/v1/convai/conversations/${step}`);
    expect(payload.conversationId).toBe(id);
  });

  test('the source’s filters go with every page, the request’s replace them', async () => {
    await using server = await startServer((_request, response) => sendJson(response, 200, emptyPage));
    await using source = testSource({ baseUrl: server.baseUrl, filters: { agent_id: 'own', tool_names: ['a', 'b'] } });
    await source.listPage({ range: wholeDay, cursor: 'next', pageSize: 5 }, patient);
    await source.listPage({ range: wholeDay, cursor: null, pageSize: 5, filters: { user_id: 'u' } }, patient);
    const [own, other] = server.requests.map(({ url }) => new URL(`http://x${url}`).searchParams);
    expect(own?.getAll('tool_names')).toEqual(['a', 'b']);
    expect(own?.get('agent_id')).toBe('own');
    expect(own?.get('cursor')).toBe('next');
    expect(other?.get('user_id')).toBe('u');
    expect(other?.has('agent_id')).toBe(false);
  });

  test('filters that the dialect has not are refused before anything is sent', async () => {
    await using server = await startServer((_request, response) => sendJson(response, 200, { data: [] }));
    await using source = testSource({ baseUrl: server.baseUrl, dialect: 'voiceable' });
    const failure = await failureOf(
      source.listPage({ range: wholeDay, cursor: null, pageSize: 5, filters: { tag_ids: ['t'] } }, patient),
    );
    expect(failure).toMatchObject({ name: 'TerminalFailure', code: 'invalid_request' });
    expect(failure.message).toContain('tag_ids');
    expect(server.requests).toHaveLength(0);
  });

  test('no more connections stand than are allowed, and they are kept', async () => {
    let inFlight = 0;
    let inFlightMost = 0;
    await using server = await startServer((_request, response) => {
      inFlight += 1;
      inFlightMost = Math.max(inFlightMost, inFlight);
      setImmediate(() => {
        inFlight -= 1;
        sendJson(response, 200, {});
      });
    });
    await using source = testSource({ baseUrl: server.baseUrl, connectionsMax: 3 });
    await Promise.all(Array.from({ length: 60 }, (_, index) => source.getConversation(`conv_${index}`, patient)));
    expect(server.connections()).toBe(3);
    expect(inFlightMost).toBeLessThanOrEqual(3);
  });
});

describe('listPage', () => {
  test('drops rows outside the range and keeps those of unknown start', async () => {
    await using server = await startServer((_request, response) =>
      sendJson(response, 200, {
        conversations: [
          row('after the end', '2026-06-25T00:00:01Z'),
          row('at the end', '2026-06-25T00:00:00Z'),
          row('last', '2026-06-24T23:59:59Z'),
          row('unknown', null),
          row('first', '2026-06-24T00:00:00Z'),
          row('before', '2026-06-23T23:59:59Z'),
          'unusable',
        ],
        next_cursor: 'next',
        has_more: true,
      }),
    );
    await using source = testSource({ baseUrl: server.baseUrl });
    const page = await source.listPage({ range: wholeDay, cursor: null, pageSize: 10 }, patient);
    expect(page.conversations.map(({ conversationId }) => conversationId)).toEqual(['last', 'unknown', 'first']);
    expect(page).toMatchObject({ nextCursor: 'next', hasMore: true, totalCount: null, unusableRows: ['unusable'] });
  });

  test('follows cursors to the end, a cursor on the last page included', async () => {
    await using server = await startServer((_request, response, index) =>
      sendJson(response, 200, {
        data: [{ id: `conv_${index}` }],
        cursor: `cursor_${index}`,
        has_more: index < 2,
        total_count: 3,
      }),
    );
    await using source = testSource({ baseUrl: server.baseUrl, dialect: 'voiceable' });
    const ids: string[] = [];
    let cursor: string | null = null;
    let hasMore = true;
    while (hasMore) {
      const page = await source.listPage({ range: wholeDay, cursor, pageSize: 1 }, patient);
      ids.push(...page.conversations.map(({ conversationId }) => conversationId));
      expect(page.totalCount).toBe(3);
      ({ nextCursor: cursor, hasMore } = page);
    }
    expect(ids).toEqual(['conv_0', 'conv_1', 'conv_2']);
    expect(server.requests.map(({ url }) => new URL(`http://x${url}`).searchParams.get('cursor'))).toEqual([
      null,
      'cursor_0',
      'cursor_1',
    ]);
  });
});

describe('getConversation', () => {
  const text = JSON.stringify({ conversation_id: 'conv_1', message: 'Grüße 😀', nested: { empty: null } });

  test.each([
    ['plain', {}, Buffer.from(text)],
    ['as gzip', { 'content-encoding': 'gzip' }, gzipSync(text)],
    ['as x-gzip', { 'content-encoding': 'X-GZIP' }, gzipSync(text)],
    ['as br', { 'content-encoding': 'br' }, brotliCompressSync(text)],
    ['as deflate', { 'content-encoding': 'deflate' }, deflateSync(text)],
    ['as deflate without a header', { 'content-encoding': 'deflate' }, deflateRawSync(text)],
    ['as zstd', { 'content-encoding': 'zstd' }, zstdCompressSync(text)],
    ['as gzip twice', { 'content-encoding': 'gzip, gzip' }, gzipSync(gzipSync(text))],
    ['as br in gzip', { 'content-encoding': 'br, gzip' }, gzipSync(brotliCompressSync(text))],
    ['under a label that is an alphabet', { 'content-encoding': 'UTF-8' }, Buffer.from(text)],
    ['under the label none', { 'content-encoding': 'none' }, Buffer.from(text)],
    ['as identity', { 'content-encoding': 'identity' }, Buffer.from(text)],
    ['with a byte order mark', {}, Buffer.from(`\ufeff${text}`)],
  ])('returns the bytes sent %s', async (_how, headers, body) => {
    await using server = await startServer((_request, response) => {
      response.writeHead(200, headers as Record<string, string>);
      response.end(body);
    });
    await using source = testSource({ baseUrl: server.baseUrl });
    const before = performance.now();
    const payload = await source.getConversation('conv_1', patient);
    expect(Buffer.from(payload.body).toString()).toBe(text);
    expect(payload.receivedAtMs).toBeGreaterThan(before);
    expect(payload.receivedAtMs).toBeLessThanOrEqual(performance.now());
  });

  test('a large gzip body comes whole', async () => {
    const large = JSON.stringify({ text: Array.from({ length: 200_000 }, (_, index) => index * 7919).join(' ') });
    await using server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(large));
    });
    await using source = testSource({ baseUrl: server.baseUrl });
    expect(Buffer.from((await source.getConversation('conv_1', patient)).body).toString()).toBe(large);
  });

  test('an encoding that nobody knows is named where the body is no text', async () => {
    await using server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'br, rot13' });
      response.end(brotliCompressSync(text));
    });
    await using source = testSource({ baseUrl: server.baseUrl });
    expect((await failureOf(source.getConversation('conv_1', patient))).message).toContain('which cannot be undone');
  });

  test.each(['br', 'deflate', 'zstd'])('a body of %s that is broken, or too large, is no answer', async (encoding) => {
    await using server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end('no such thing');
    });
    await using source = testSource({ baseUrl: server.baseUrl });
    expect((await failureOf(source.getConversation('conv_1', patient))).message).toContain(
      `the ${encoding} body is broken`,
    );
  });

  test('JSON that is not a conversation is left to the loader', async () => {
    await using server = await startServer((_request, response) => response.end('[]'));
    await using source = testSource({ baseUrl: server.baseUrl });
    expect(Buffer.from((await source.getConversation('conv_1', patient)).body).toString()).toBe('[]');
  });
});

describe('checkAccess', () => {
  test('asks for one row, with the source’s filters and no range', async () => {
    await using server = await startServer((_request, response) => sendJson(response, 200, emptyPage));
    await using source = testSource({ baseUrl: server.baseUrl, filters: { agent_id: 'agent_1' } });
    await expect(source.checkAccess(patient)).resolves.toBeUndefined();
    expect(server.requests[0]?.url).toBe('/v1/convai/conversations?agent_id=agent_1&page_size=1&summary_mode=exclude');
  });

  test('throws what a request throws', async () => {
    await using server = await startServer((_request, response) =>
      sendJson(response, 401, { detail: { status: 'invalid_api_key' } }),
    );
    await using source = testSource({ baseUrl: server.baseUrl });
    expect(await failureOf(source.checkAccess(patient))).toMatchObject({
      name: 'TerminalFailure',
      code: 'unauthorized',
    });
  });
});

test('onResponse is notified of every exchange: endpoint, status, wire bytes, trace id', async () => {
  const packed = gzipSync('{"conversation_id":"conv_1"}');
  await using server = await startServer((request, response) => {
    if (request.url?.includes('?') === true) return sendJson(response, 500, {}, { 'x-trace-id': 'trace-1' });
    response.writeHead(200, { 'content-encoding': 'gzip', 'x-trace-id': 'trace-2' });
    response.end(packed);
  });
  await using source = testSource({ baseUrl: server.baseUrl });
  await source.getConversation('conv_1', patient);
  await failureOf(source.checkAccess(patient));
  expect(source.events).toEqual([
    { endpoint: 'detail', status: 200, durationMs: expect.any(Number), bytes: packed.byteLength, traceId: 'trace-2' },
    { endpoint: 'list', status: 500, durationMs: expect.any(Number), bytes: 2, traceId: 'trace-1' },
  ]);
});

function row(id: string, iso: string | null): object {
  return { conversation_id: id, start_time_unix_secs: iso === null ? null : Date.parse(iso) / 1000 };
}
