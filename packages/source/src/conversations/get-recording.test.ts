import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { startSimulator } from '@voxport/simulator';
import { describe, expect, test } from 'vitest';
import { sendJson, startServer, startSocketServer } from '../../test/servers.ts';
import { failureOf, patient, testSource } from '../../test/sources.ts';
import type { ConversationSource } from '../open-source.ts';
import type { Recording } from './get-recording.ts';

async function bytesOf(recording: Recording): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const piece of recording.body) chunks.push(piece);
  return Buffer.concat(chunks);
}

/** Asks for a recording and reads it to its end. */
async function download(source: ConversationSource, id = 'conv_1', signal = patient): Promise<Buffer> {
  return bytesOf(await source.getRecording(id, signal));
}

/** What is held by buffers, without what only waits to be collected. */
function liveBufferBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

const mp3 = { 'content-type': 'audio/mpeg' };

describe('a recording', () => {
  test.each(['elevenlabs', 'voiceable'] as const)('comes byte for byte in the dialect %s', async (dialect) => {
    await using simulator = await startSimulator({ conversationCount: 20, seed: 5 });
    const baseUrl = dialect === 'elevenlabs' ? simulator.url : simulator.voiceableUrl;
    await using source = testSource({ dialect, baseUrl, apiKey: simulator.apiKey ?? '' });
    const ids = Array.from({ length: simulator.count() }, (_, index) => simulator.conversationIdAt(index));
    const withAudio = ids.filter((id) => simulator.truth(id)?.conversations['has_audio'] === true);
    const without = ids.filter((id) => !withAudio.includes(id));
    expect(withAudio.length).toBeGreaterThan(5);
    expect(without.length).toBeGreaterThan(0);
    for (const id of without) {
      expect(await failureOf(source.getRecording(id, patient))).toMatchObject({
        code: 'not_found',
        message: expect.stringContaining('There is none, or not yet.'),
      });
    }
    for (const id of withAudio) {
      const recording = await source.getRecording(id, patient);
      expect(recording).toMatchObject({ contentType: 'audio/mpeg', contentLength: 1668 });
      const direct = await fetch(`${simulator.url}/v1/convai/conversations/${id}/audio`, {
        headers: { 'xi-api-key': simulator.apiKey ?? '' },
      });
      expect((await bytesOf(recording)).equals(Buffer.from(await direct.arrayBuffer()))).toBe(true);
    }
  });

  test('is asked for with the key, without compression, under an id that leads nowhere else', async () => {
    await using server = await startServer((_request, response) => response.writeHead(200, mp3).end('ID3'));
    await using source = testSource({ baseUrl: `${server.baseUrl}/api` });
    await download(source, '../a b');
    expect(server.requests[0]?.url).toBe('/api/v1/convai/conversations/..%2Fa%20b/audio');
    expect(server.requests[0]?.headers).toMatchObject({
      'accept-encoding': 'identity',
      'xi-api-key': expect.any(String),
    });
    expect(source.events).toEqual([
      { endpoint: 'audio', status: 200, durationMs: expect.any(Number), bytes: 3, traceId: null },
    ]);
  });

  test('that is gzipped without being asked is unpacked', async () => {
    const sound = randomBytes(100_000);
    await using server = await startServer((_request, response) =>
      response.writeHead(200, { ...mp3, 'content-encoding': 'gzip' }).end(gzipSync(sound)),
    );
    await using source = testSource({ baseUrl: server.baseUrl });
    const recording = await source.getRecording('conv_1', patient);
    expect(recording.contentLength).toBeNull();
    expect((await bytesOf(recording)).equals(sound)).toBe(true);
  });

  test('of raw samples may begin like a text', async () => {
    const samples = Buffer.concat([
      Buffer.from('{<'),
      Buffer.from(Array.from({ length: 500 }, (_, index) => index % 256)),
    ]);
    await using server = await startServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'audio/basic' }).end(samples),
    );
    await using source = testSource({ baseUrl: server.baseUrl });
    expect((await download(source)).equals(samples)).toBe(true);
  });

  test('of 200 MB passes through flat memory, and waits for its reader', async () => {
    const piece = randomBytes(1024 * 1024);
    let sent = 0;
    await using server = await startServer((_request, response) => {
      void (async () => {
        response.writeHead(200, { ...mp3, 'content-length': 200 * piece.byteLength });
        for (; sent < 200; sent += 1) if (!response.write(piece)) await once(response, 'drain');
        response.end();
      })();
    });
    await using source = testSource({ baseUrl: server.baseUrl });
    const recording = await source.getRecording('conv_1', patient);
    const before = liveBufferBytes();
    const hash = createHash('sha256');
    let bytes = 0;
    let peak = 0;
    let looks = 0;
    let sentAhead = 0;
    for await (const part of recording.body) {
      if (bytes === 0) {
        // Nobody reads on for a while: what is sent meanwhile is bounded by the buffers of the two sockets.
        await new Promise((resolve) => void setTimeout(resolve, 200));
        sentAhead = sent;
      }
      bytes += part.byteLength;
      hash.update(part);
      if (Math.floor(bytes / (10 * piece.byteLength)) > looks) {
        looks += 1;
        peak = Math.max(peak, liveBufferBytes() - before);
      }
    }
    expect(bytes).toBe(200 * piece.byteLength);
    const expected = createHash('sha256');
    for (let index = 0; index < 200; index += 1) expected.update(piece);
    expect(hash.digest('hex')).toBe(expected.digest('hex'));
    expect(sentAhead).toBeLessThan(40);
    expect(looks).toBeGreaterThan(15);
    // Both ends and their sockets are in this process.
    expect(peak).toBeLessThan(50 * 1024 * 1024);
  });
});

describe('what is no recording', () => {
  const answers: readonly (readonly [what: string, headers: Record<string, string>, body: string])[] = [
    ['JSON', { 'content-type': 'application/json' }, '{"detail":"later"}'],
    ['HTML', { 'content-type': 'text/html; charset=utf-8' }, '<html>busy</html>'],
    ['JSON that is called sound', mp3, ' {"detail":"later"}'],
    ['HTML without a type', {}, '<html>busy</html>'],
    ['nothing', mp3, ''],
    ['a whole gzip that is none', { ...mp3, 'content-encoding': 'gzip' }, 'ID3 no gzip'],
    ['another encoding', { ...mp3, 'content-encoding': 'br' }, 'ID3'],
  ];
  test.each(answers)('%s under a 200 is a transient failure', async (_what, headers, body) => {
    await using server = await startServer((_request, response) => response.writeHead(200, headers).end(body));
    await using source = testSource({ baseUrl: server.baseUrl });
    const failure = await failureOf(download(source));
    expect(failure).toBeInstanceOf(TransientFailure);
    expect(failure).toMatchObject({
      code: 'malformed_response',
      message: expect.stringContaining('the recording of conversation conv_1'),
    });
  });

  test('an error that a proxy wraps into a 200 counts as that error', async () => {
    await using server = await startServer((_request, response) =>
      sendJson(response, 200, { status: { code: 404, message: 'No audio' }, error: 'audio_not_found' }),
    );
    await using source = testSource({ dialect: 'voiceable', baseUrl: server.baseUrl });
    expect(await failureOf(source.getRecording('conv_1', patient))).toMatchObject({
      name: 'TerminalFailure',
      code: 'not_found',
    });
  });

  test('a 404 that is not the API’s own is no absence', async () => {
    await using server = await startServer((_request, response) => response.writeHead(404).end('<html>'));
    await using source = testSource({ baseUrl: server.baseUrl });
    const failure = await failureOf(source.getRecording('conv_1', patient));
    expect(failure).toBeInstanceOf(TransientFailure);
    expect(failure.code).toBe('not_the_api');
  });

  test.each([
    [429, { detail: { status: 'too_many_concurrent_requests' } }, 'concurrent_limit'],
    [401, { detail: { status: 'invalid_api_key' } }, 'unauthorized'],
    [503, { detail: 'busy' }, 'server_error'],
  ])('a %i keeps its meaning', async (status, body, code) => {
    await using server = await startServer((_request, response) => sendJson(response, status, body));
    await using source = testSource({ baseUrl: server.baseUrl });
    expect(await failureOf(source.getRecording('conv_1', patient))).toMatchObject({ code, status });
  });

  test.each([
    ['declared', { ...mp3, 'content-length': '2000' }],
    ['not declared', mp3],
  ])('more bytes than are allowed, %s, are refused for good', async (_how, headers) => {
    await using server = await startServer((_request, response) =>
      response.writeHead(200, headers).end(Buffer.alloc(2000, 1)),
    );
    await using source = testSource({ baseUrl: server.baseUrl, recordingBytesMax: 1000 });
    const failure = await failureOf(download(source));
    expect(failure).toBeInstanceOf(TerminalFailure);
    expect(failure.message).toContain('audio.max_size_mb');
  });
});

describe('a download that breaks', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n';
  test.each([
    ['fewer bytes than its Content-Length', `${head}Content-Length: 500\r\n\r\nID3`],
    ['no last chunk', `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nID3\r\n`],
    ['fewer bytes, and the end of the connection', `${head}Connection: close\r\nContent-Length: 500\r\n\r\nID3`],
  ])('by %s is a transient failure', async (_how, bytes) => {
    await using server = await startSocketServer((socket) => socket.end(bytes));
    await using source = testSource({ baseUrl: server.baseUrl });
    const failure = await failureOf(download(source));
    expect(failure).toBeInstanceOf(TransientFailure);
    expect(failure.code).toBe('connection');
  });

  test('by going silent is a timeout, and by coming too slowly as well', async () => {
    await using silent = await startSocketServer((socket) => socket.write(`${head}Content-Length: 500\r\n\r\nID3`));
    await using source = testSource({ baseUrl: silent.baseUrl, timeouts: { bodyMs: 100 } });
    expect((await failureOf(download(source))).code).toBe('timeout');

    await using slow = await startSocketServer((socket) => {
      socket.write(`${head}\r\nID3`);
      const timer = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(timer));
    });
    await using patientSource = testSource({ baseUrl: slow.baseUrl, timeouts: { recordingMs: 150 } });
    expect(await failureOf(download(patientSource))).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('within 150 ms'),
    });
  });

  test('before the first byte is tried again at once', async () => {
    await using server = await startSocketServer((socket, index) =>
      index === 0 ? socket.resetAndDestroy() : socket.end(`${head}Content-Length: 3\r\n\r\nID3`),
    );
    await using source = testSource({ baseUrl: server.baseUrl });
    expect((await download(source)).toString()).toBe('ID3');
  });

  test('by an abort throws the reason and frees the connection', async () => {
    let closed = false;
    await using server = await startSocketServer((socket) => {
      socket.write(`${head}Content-Length: 500\r\n\r\nID3`);
      socket.once('close', () => (closed = true));
    });
    await using source = testSource({ baseUrl: server.baseUrl, connectionsMax: 1 });
    const controller = new AbortController();
    const recording = await source.getRecording('conv_1', controller.signal);
    const reading = bytesOf(recording);
    controller.abort(new Error('shutdown'));
    await expect(reading).rejects.toThrow('shutdown');
    await expect.poll(() => closed).toBe(true);
  });

  test('by nobody reading it frees the connection when it is disposed of', async () => {
    await using server = await startServer((_request, response) => {
      response.writeHead(200, { ...mp3, 'content-length': 10_000_000 });
      response.write(Buffer.alloc(1_000_000));
    });
    await using source = testSource({ baseUrl: server.baseUrl, connectionsMax: 1 });
    for (let round = 0; round < 3; round += 1) {
      using recording = await source.getRecording('conv_1', patient);
      expect(recording.contentLength).toBe(10_000_000);
    }
    expect(source.events).toHaveLength(3);
  });
});
