import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openRecordingStore } from '@voxport/recordings';
import { openSource } from '@voxport/source';
import { expect, test } from 'vitest';
import { downloadRecording } from './download-recording.ts';

const megabyte = 1024 * 1024;
const size = 200;

/** What is held by buffers, without what only waits to be collected. */
function liveBufferBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

async function openParts(answer: (response: ServerResponse) => Promise<void>) {
  await using opened = new AsyncDisposableStack();
  const server = createServer((_request, response) => void answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const directory = await mkdtemp(join(tmpdir(), 'voxport-download-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const source = openSource({
    sourceId: 'support',
    dialect: 'elevenlabs',
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: 'key',
    filters: {},
    connectionsMax: 1,
    userAgent: 'test',
  });
  opened.defer(() => source.close());
  const store = await openRecordingStore({ directory });
  const kept = opened.move();
  return { source, store, directory, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

test('a recording of 200 MB goes from the source to the disk through flat memory', async () => {
  const piece = randomBytes(megabyte);
  const expected = createHash('sha256');
  const before = liveBufferBytes();
  let peak = 0;
  await using parts = await openParts(async (response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': size * megabyte });
    for (let index = 0; index < size; index += 1) {
      if (index % 10 === 0) peak = Math.max(peak, liveBufferBytes() - before);
      expected.update(piece);
      if (!response.write(piece)) await once(response, 'drain');
    }
    response.end();
  });
  const { source, store } = parts;
  const stored = await downloadRecording(
    source,
    store,
    { sourceId: 'support', conversationId: 'conv_1' },
    new AbortController().signal,
  );
  expect(stored).toMatchObject({
    sizeBytes: size * megabyte,
    sha256: expected.digest('hex'),
    contentType: 'audio/mpeg',
  });
  // Both ends and their sockets are in this process.
  expect(peak).toBeLessThan(50 * megabyte);
}, 60_000);

test('a recording that breaks off leaves no file, and frees its connection for the next', async () => {
  let isBroken = true;
  await using parts = await openParts(async (response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': 1000 });
    response.write('ID3');
    if (isBroken) setTimeout(() => response.destroy(), 20);
    else response.end(Buffer.alloc(997));
  });
  const { source, store, directory } = parts;
  const download = () =>
    downloadRecording(source, store, { sourceId: 'support', conversationId: 'conv_1' }, new AbortController().signal);
  await expect(download()).rejects.toMatchObject({ name: 'TransientFailure', code: 'connection' });
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  expect(entries.filter((entry) => entry.isFile())).toEqual([]);
  isBroken = false;
  expect(await download()).toMatchObject({ sizeBytes: 1000 });
});
