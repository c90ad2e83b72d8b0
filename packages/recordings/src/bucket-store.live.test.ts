import { createHash, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type BucketSettings, TransientFailure } from '@voxport/domain';
import { eventually, startTestBucket, type TestBucket } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { openBucketStore } from './bucket-store.ts';
import type { RecordingStore } from './store.ts';

const never = new AbortController().signal;
const megabyte = 1024 * 1024;

function openStore(bucket: TestBucket, changes: Partial<BucketSettings> = {}): RecordingStore & Disposable {
  const store = openBucketStore({ ...bucket.settings, ...changes });
  return { ...store, [Symbol.dispose]: () => store.close() };
}

async function* pieces(...bytes: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* bytes;
}

const incomingOf = (body: AsyncIterable<Uint8Array>, conversationId = 'conv_1') => ({
  sourceId: 'support',
  conversationId,
  contentType: 'audio/mpeg',
  body,
});

test('a small recording is one signed request; its bytes, size and sha256 are the source’s', async () => {
  await using bucket = await startTestBucket();
  using store = openStore(bucket);
  const bytes = randomBytes(100_000);
  const stored = await store.put(incomingOf(pieces(bytes.subarray(0, 10), bytes.subarray(10))), never);
  const [key] = await bucket.keys();
  expect(key).toMatch(/^calls\/support\/[0-9a-f]{2}\/conv_1\.mp3$/u);
  expect(stored).toEqual({
    location: `s3://recordings/${key}`,
    sizeBytes: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  expect((await bucket.read(key!)).equals(bytes)).toBe(true);
  expect(bucket.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(1);
});

test('a large recording comes in parts, out of flat memory', async () => {
  await using bucket = await startTestBucket();
  using store = openStore(bucket);
  const piece = randomBytes(megabyte);
  const expected = createHash('sha256');
  let peak = 0;
  const before = liveBufferBytes();
  async function* large(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let index = 0; index < 200; index += 1) {
      if (index % 10 === 0) peak = Math.max(peak, liveBufferBytes() - before);
      expected.update(piece);
      yield piece;
    }
  }
  const stored = await store.put(incomingOf(large()), never);
  expect(stored).toMatchObject({ sizeBytes: 200 * megabyte, sha256: expected.digest('hex') });
  const [key] = await bucket.keys();
  const kept = await bucket.read(key!);
  expect(createHash('sha256').update(kept).digest('hex')).toBe(stored.sha256);
  expect(bucket.requests.filter((request) => request.includes('partNumber='))).toHaveLength(25);
  // Two parts on their way, one that grows, and what the sockets and the server of the same process hold.
  expect(peak).toBeLessThan(80 * megabyte);
});

test('storing a recording again leaves one object, with the newer content', async () => {
  await using bucket = await startTestBucket();
  using store = openStore(bucket);
  const first = await store.put(incomingOf(pieces(Buffer.from('one'))), never);
  expect(await store.put(incomingOf(pieces(Buffer.from('one'))), never)).toEqual(first);
  await store.put(incomingOf(pieces(Buffer.from('another'))), never);
  const keys = await bucket.keys();
  expect(keys).toHaveLength(1);
  expect((await bucket.read(keys[0]!)).toString()).toBe('another');
});

test.each([0, 20])(
  'a download that breaks off after %i MB leaves no object, takes its upload back, and throws what the download threw',
  async (count) => {
    await using bucket = await startTestBucket();
    using store = openStore(bucket);
    const broken = new TransientFailure('connection', 'the connection broke off');
    async function* breaking(): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from('ha');
      for (let index = 0; index < count; index += 1) yield randomBytes(megabyte);
      throw broken;
    }
    await expect(store.put(incomingOf(breaking()), never)).rejects.toBe(broken);
    expect(await bucket.keys()).toEqual([]);
    const takenBack = bucket.requests.filter(
      (request) => request.startsWith('DELETE') && request.includes('uploadId='),
    );
    expect(takenBack).toHaveLength(count === 0 ? 0 : 1);
  },
);

test('an abort leaves no object, and throws its reason', async () => {
  await using bucket = await startTestBucket();
  using store = openStore(bucket);
  const controller = new AbortController();
  const reason = new Error('shutdown');
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let index = 0; ; index += 1) {
      yield randomBytes(megabyte);
      if (index === 20) controller.abort(reason);
    }
  }
  await expect(store.put(incomingOf(endless()), controller.signal)).rejects.toBe(reason);
  // The client takes the upload back when the parts that are under way have ended.
  await eventually(
    () => bucket.requests.some((request) => request.startsWith('DELETE') && request.includes('uploadId=')),
    {
      what: 'the upload to be taken back',
    },
  );
  expect(await bucket.keys()).toEqual([]);
});

test('a connection that breaks now and then is no failure', async () => {
  await using bucket = await startTestBucket();
  using store = openStore(bucket);
  let count = 0;
  bucket.breakWhen(() => (count += 1) % 3 === 1);
  const bytes = randomBytes(20 * megabyte);
  const { location } = await store.put(incomingOf(pieces(bytes)), never);
  expect((await bucket.read(location.slice('s3://recordings/'.length))).equals(bytes)).toBe(true);
});

test.each<[string, Partial<BucketSettings>, string]>([
  [
    'a wrong secret key',
    { credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'wrong-secret' } },
    'the secret key is wrong',
  ],
  [
    'an unknown access key',
    { credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'wrong-secret' } },
    'the access key is unknown there',
  ],
  ['a bucket that does not exist', { bucket: 'nowhere' }, 'the bucket does not exist'],
  ['a server that is not there', { endpoint: 'http://127.0.0.1:1' }, 'nothing listens there'],
])('%s is told with what to do, and without the keys', async (_what, changes, reason) => {
  await using bucket = await startTestBucket();
  using store = openStore(bucket, changes);
  const attempts = [() => store.check(never), () => store.put(incomingOf(pieces(Buffer.from('x'))), never)];
  for (const attempt of attempts) {
    const failure = await attempt().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'TransientFailure',
      code: 'storage',
      message: expect.stringContaining(reason),
    });
    expect((failure as Error).message).toContain(`s3://${changes.bucket ?? 'recordings'}/calls/`);
    expect((failure as Error).message).not.toMatch(/wrong-secret|NOBODY/u);
  }
});

test('a check leaves nothing behind', async () => {
  await using bucket = await startTestBucket();
  using store = openStore(bucket);
  await store.check(never);
  expect(await bucket.keys()).toEqual([]);
});

test('a removed recording is gone; to remove it again is no error, and one of another bucket is refused', async () => {
  await using bucket = await startTestBucket();
  using store = openStore(bucket);
  const { location } = await store.put(incomingOf(pieces(Buffer.from('x'))), never);
  await store.remove(location, never);
  await store.remove(location, never);
  expect(await bucket.keys()).toEqual([]);
  for (const other of ['s3://elsewhere/key', 'support/aa/conv_1.mp3'])
    await expect(store.remove(other, never)).rejects.toMatchObject({ code: 'storage' });
});

/** What is held by buffers, without what only waits to be collected. */
function liveBufferBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}
