import { getEventListeners } from 'node:events';
import { gzipSync } from 'node:zlib';
import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { describe, expect, test } from 'vitest';
import { closedPort, startServer, startSocketServer } from '../../test/servers.ts';
import { apiKey, failureOf, patient, testSource } from '../../test/sources.ts';

const json = '{"conversation_id":"conv_1","transcript":[]}';
const whole = `HTTP/1.1 200 OK\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
const quick = { connectMs: 500, headersMs: 100, bodyMs: 100, totalMs: 10_000 };

const cutAnswers: ReadonlyArray<readonly [what: string, bytes: string | Buffer]> = [
  ['a body shorter than its Content-Length', `HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n${json}`],
  ['a chunked body without its last chunk', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n`],
  ['a body that ends with its connection, cut', `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${json.slice(0, 20)}`],
  ['headers that break off', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ['a whole body that is a cut gzip', answerOf(gzipSync(json).subarray(0, 20), 'gzip')],
  ['a whole body whose gzip fails its checksum', answerOf(corrupted(gzipSync(json)), 'gzip')],
  ['a body said to be gzip that is none', answerOf(Buffer.from(json), 'gzip')],
  ['a body in an encoding not asked for', answerOf(Buffer.from(json), 'br')],
  [
    'a chunked body without its last chunk that ends with its connection',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n{"a":\r\n',
  ],
  [
    'a body shorter than its Content-Length that ends with its connection',
    `HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n${json}`,
  ],
  ['headers without end', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(20_000)}`],
  ['something that is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
];

function answerOf(body: Buffer, encoding: string): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.byteLength}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function corrupted(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy[copy.byteLength - 6] = (copy[copy.byteLength - 6] ?? 0) ^ 0xff;
  return copy;
}

describe('a connection that breaks', () => {
  test.each(cutAnswers)('%s ends in a transient failure', async (_what, bytes) => {
    await using server = await startSocketServer((socket) => socket.end(bytes));
    await using source = testSource({ baseUrl: server.baseUrl });
    const failure = await failureOf(source.getConversation('conv_1', patient));
    expect(failure).toBeInstanceOf(TransientFailure);
    expect(['connection', 'malformed_response']).toContain(failure.code);
    expect(failure.message).toContain('conversation conv_1');
  });

  test('is tried again at once, twice, and then succeeds unseen', async () => {
    await using server = await startSocketServer((socket, index) =>
      index < 2 ? socket.resetAndDestroy() : socket.end(whole),
    );
    await using source = testSource({ baseUrl: server.baseUrl });
    const payload = await source.getConversation('conv_1', patient);
    expect(Buffer.from(payload.body).toString()).toBe(json);
    expect(source.events.map(({ status }) => status)).toEqual([null, null, 200]);
  });

  test('is given up after the third time, as a failure of the connection that names the base URL', async () => {
    await using server = await startSocketServer((socket) => socket.resetAndDestroy());
    await using source = testSource({ baseUrl: server.baseUrl });
    const failure = await failureOf(source.getConversation('conv_1', patient));
    expect(failure).toMatchObject({ name: 'TransientFailure', code: 'connection', status: null });
    expect(failure.message).toContain(server.baseUrl);
    expect(source.events).toHaveLength(3);
  });

  test('is no trouble when the server closes a kept-alive socket between two requests', async () => {
    await using server = await startSocketServer((socket) => {
      socket.write(whole);
      // Closed without a word after the answer, as a load balancer does with an idle connection.
      setImmediate(() => socket.destroy());
    });
    await using source = testSource({ baseUrl: server.baseUrl, connectionsMax: 1 });
    for (let index = 0; index < 20; index += 1) {
      await expect(source.getConversation(`conv_${index}`, patient)).resolves.toMatchObject({
        conversationId: `conv_${index}`,
      });
    }
  });

  test('is no trouble when the server closes the socket upon the next request', async () => {
    const served = new WeakSet<object>();
    await using server = await startSocketServer((socket) => {
      if (served.has(socket)) return void socket.destroy();
      served.add(socket);
      socket.write(whole);
    });
    await using source = testSource({ baseUrl: server.baseUrl, connectionsMax: 1 });
    for (let index = 0; index < 5; index += 1) await source.getConversation(`conv_${index}`, patient);
    expect(server.connections()).toBe(5);
  });

  test('an answer with an error status is never tried again here', async () => {
    await using server = await startServer((_request, response) => response.writeHead(503).end());
    await using source = testSource({ baseUrl: server.baseUrl });
    await failureOf(source.getConversation('conv_1', patient));
    expect(server.requests).toHaveLength(1);
  });
});

describe('a server that does not answer', () => {
  test('is left after connectMs when even the TLS handshake gets no answer', async () => {
    await using server = await startSocketServer(() => {});
    await using source = testSource({
      baseUrl: server.baseUrl.replace('http:', 'https:'),
      timeouts: { connectMs: 100 },
    });
    const failure = await failureOf(source.getConversation('conv_1', patient));
    expect(failure).toMatchObject({ name: 'TransientFailure', code: 'timeout' });
    expect(failure.message).toContain('no connection could be made in time');
  });

  test('is left after headersMs', async () => {
    await using server = await startSocketServer(() => {});
    await using source = testSource({ baseUrl: server.baseUrl, timeouts: quick });
    const failure = await failureOf(source.getConversation('conv_1', patient));
    expect(failure).toMatchObject({ name: 'TransientFailure', code: 'timeout' });
    expect(failure.message).toContain('no answer came in time');
  });

  test('is left after bodyMs when its body stops', async () => {
    await using server = await startSocketServer((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n${json}`),
    );
    await using source = testSource({ baseUrl: server.baseUrl, timeouts: quick });
    const failure = await failureOf(source.getConversation('conv_1', patient));
    expect(failure).toMatchObject({ name: 'TransientFailure', code: 'timeout' });
    expect(failure.message).toContain('the answer stopped coming');
  });

  test('is left after totalMs when its body drips for ever', async () => {
    await using server = await startSocketServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const drip = setInterval(() => socket.write('1\r\n \r\n'), 10);
      socket.on('close', () => clearInterval(drip));
    });
    await using source = testSource({ baseUrl: server.baseUrl, timeouts: { totalMs: 200 } });
    const failure = await failureOf(source.getConversation('conv_1', patient));
    expect(failure).toMatchObject({ name: 'TransientFailure', code: 'timeout' });
    expect(failure.message).toContain('no complete answer came within');
  });

  test('is left after totalMs by requests that still wait for a connection, and they are never sent', async () => {
    let received = 0;
    await using server = await startSocketServer(() => void (received += 1));
    await using source = testSource({ baseUrl: server.baseUrl, connectionsMax: 1, timeouts: { totalMs: 150 } });
    const failures = await Promise.all([1, 2, 3].map((id) => failureOf(source.getConversation(`conv_${id}`, patient))));
    expect(failures.map(({ code }) => code)).toEqual(['timeout', 'timeout', 'timeout']);
    await source.close();
    expect(received).toBe(1);
  });
});

describe('an address that cannot be reached', () => {
  test('a refused connection is said in one sentence with the base URL, and not tried again here', async () => {
    const baseUrl = `http://127.0.0.1:${await closedPort()}/api/v1`;
    await using source = testSource({ baseUrl });
    const failure = await failureOf(source.checkAccess(patient));
    expect(failure).toMatchObject({ name: 'TransientFailure', code: 'connection' });
    expect(failure.message).toBe(
      `Source "main": asked ${baseUrl} for the list of conversations, but the connection was refused (ECONNREFUSED). Check base_url and the network.`,
    );
    expect(source.events).toHaveLength(1);
  });

  test('localhost with two addresses fails as clearly', async () => {
    await using source = testSource({ baseUrl: `http://localhost:${await closedPort()}` });
    const failure = await failureOf(source.checkAccess(patient));
    expect(failure).toMatchObject({ code: 'connection' });
    expect(failure.message).toContain('ECONNREFUSED');
  });

  test('a host name that does not exist is a failure of the connection', async () => {
    await using source = testSource({ baseUrl: 'https://api.does-not-exist.invalid' });
    const failure = await failureOf(source.checkAccess(patient));
    expect(failure).toMatchObject({ name: 'TransientFailure', code: 'connection' });
    expect(failure.message).toContain('https://api.does-not-exist.invalid');
  });

  test('https spoken to a server without TLS is a failure of the connection or of the protocol', async () => {
    await using server = await startServer((_request, response) => response.end('{}'));
    await using source = testSource({ baseUrl: server.baseUrl.replace('http:', 'https:') });
    const failure = await failureOf(source.checkAccess(patient));
    expect(failure).toMatchObject({ name: 'TransientFailure', code: 'connection' });
    expect(failure.message).toContain('TLS');
  });
});

describe('a body that is too large', () => {
  const large = JSON.stringify({ text: 'x'.repeat(5000) });

  test.each([
    ['declared by Content-Length', { 'content-length': String(large.length) }, Buffer.from(large)],
    ['sent in chunks', {}, Buffer.from(large)],
    ['packed as gzip', { 'content-encoding': 'gzip' }, gzipSync(large)],
  ])('%s is refused with the limit and its setting', async (_how, headers, body) => {
    await using server = await startServer((_request, response) => {
      response.writeHead(200, headers as Record<string, string>);
      response.end(body);
    });
    await using source = testSource({ baseUrl: server.baseUrl, responseBytesMax: 1000 });
    const failure = await failureOf(source.getConversation('conv_1', patient));
    expect(failure).toBeInstanceOf(TerminalFailure);
    expect(failure).toMatchObject({ code: 'malformed_response' });
    expect(failure.message).toMatch(/1000/);
  });

  test('is refused by its Content-Length alone, before it has come', async () => {
    await using server = await startSocketServer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n'),
    );
    await using source = testSource({ baseUrl: server.baseUrl, responseBytesMax: 1000 });
    expect(await failureOf(source.getConversation('conv_1', patient))).toMatchObject({ code: 'malformed_response' });
  });

  test('of exactly the limit is accepted', async () => {
    await using server = await startServer((_request, response) => response.end(large));
    await using source = testSource({ baseUrl: server.baseUrl, responseBytesMax: large.length });
    await expect(source.getConversation('conv_1', patient)).resolves.toMatchObject({ conversationId: 'conv_1' });
  });

  test('under an error status is read all the same, the limit being for conversations', async () => {
    const body = JSON.stringify({ detail: { message: 'x'.repeat(5000), code: 'concurrent_limit_exceeded' } });
    await using server = await startServer((_request, response) => response.writeHead(429).end(body));
    await using source = testSource({ baseUrl: server.baseUrl, responseBytesMax: 1000 });
    expect(await failureOf(source.getConversation('conv_1', patient))).toMatchObject({
      code: 'concurrent_limit',
      status: 429,
    });
  });

  test('under an error status leaves the status to decide', async () => {
    await using server = await startServer((_request, response) => response.writeHead(503).end('x'.repeat(400_000)));
    await using source = testSource({ baseUrl: server.baseUrl, responseBytesMax: 1000 });
    expect(await failureOf(source.getConversation('conv_1', patient))).toMatchObject({
      code: 'server_error',
      status: 503,
    });
  });
});

describe('stopping', () => {
  test('a signal aborted with something that is no error ends the call with just that', async () => {
    await using server = await startSocketServer(() => {});
    await using source = testSource({ baseUrl: server.baseUrl });
    const stop = new AbortController();
    const call = source.getConversation('conv_1', stop.signal);
    await expect.poll(server.connections).toBe(1);
    stop.abort('enough');
    await expect(call).rejects.toBe('enough');
  });

  test('an abort between two tries ends the call at once', async () => {
    const stop = new AbortController();
    const reason = new Error('shutdown');
    await using server = await startSocketServer((socket) => {
      socket.resetAndDestroy();
      socket.once('close', () => stop.abort(reason));
    });
    await using source = testSource({ baseUrl: server.baseUrl });
    await expect(source.getConversation('conv_1', stop.signal)).rejects.toBe(reason);
    expect(server.connections()).toBe(1);
  });

  test('an abort under way ends the call with the reason given, and frees the connection', async () => {
    await using server = await startSocketServer(() => {});
    await using source = testSource({ baseUrl: server.baseUrl });
    const stop = new AbortController();
    const call = source.getConversation('conv_1', stop.signal);
    await expect.poll(server.connections).toBe(1);
    const reason = new Error('shutdown');
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    await source.close();
  });

  test('a signal that is aborted already sends nothing', async () => {
    await using server = await startServer((_request, response) => response.end('{}'));
    await using source = testSource({ baseUrl: server.baseUrl });
    const reason = new Error('shutdown');
    await expect(source.getConversation('conv_1', AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  test('a reason that looks like a failure of the network is still the reason', async () => {
    await using server = await startSocketServer(() => {});
    await using source = testSource({ baseUrl: server.baseUrl });
    const stop = new AbortController();
    const call = source.getConversation('conv_1', stop.signal);
    await expect.poll(server.connections).toBe(1);
    const reason = Object.assign(new Error('shutdown'), { code: 'ECONNRESET' });
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  test('close waits for a call under way, and a call made meanwhile is a bug', async () => {
    let answer = (): void => {};
    await using server = await startServer((_request, response) => {
      answer = () => response.end(json);
    });
    const source = testSource({ baseUrl: server.baseUrl });
    const call = source.getConversation('conv_1', patient);
    await expect.poll(() => server.requests.length).toBe(1);
    const closing = source.close();
    const late = await failureOf(source.getConversation('conv_2', patient));
    expect(late).not.toBeInstanceOf(TransientFailure);
    expect(late.code).toMatch(/^UND_ERR_(CLOSED|DESTROYED)$/);
    answer();
    await expect(call).resolves.toMatchObject({ conversationId: 'conv_1' });
    await closing;
  });

  test('a call after close is a bug and stays one, not a failure of the connection', async () => {
    await using server = await startServer((_request, response) => response.end('{}'));
    const source = testSource({ baseUrl: server.baseUrl });
    await source.close();
    await source.close();
    const error = await failureOf(source.getConversation('conv_1', patient));
    expect(error).not.toBeInstanceOf(TransientFailure);
    expect(error.code).toMatch(/^UND_ERR_(CLOSED|DESTROYED)$/);
  });

  test('many requests on one signal make no warning, and leave no listener and no timer behind', async () => {
    await using server = await startServer((_request, response) => response.end(json));
    await using source = testSource({ baseUrl: server.baseUrl, connectionsMax: 40 });
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const timersBefore = timers();
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    await Promise.all(Array.from({ length: 40 }, (_, id) => source.getConversation(`conv_${id}`, patient)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(getEventListeners(patient, 'abort')).toEqual([]);
    expect(timers() - timersBefore).toBeLessThan(40);
    expect(warnings).toEqual([]);
  });
});

test('the API key stands in no failure, its causes included', async () => {
  const echo = `HTTP/1.1 200 OK\r\nxi-api-key ${apiKey}\r\n\r\n`;
  await using server = await startSocketServer((socket) => socket.end(echo));
  await using source = testSource({ baseUrl: server.baseUrl });
  const failure = await failureOf(source.getConversation('conv_1', patient));
  expect(failure).toBeInstanceOf(TransientFailure);
  expect(describeDeep(failure)).not.toContain(apiKey);
});

function describeDeep(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  return [error.message, error.stack, JSON.stringify(error), describeDeep(error.cause)].join('\n');
}
