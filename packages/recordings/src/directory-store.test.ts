import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TransientFailure } from '@voxport/domain';
import { expect, test } from 'vitest';
import { openDirectoryStore } from './directory-store.ts';

const never = new AbortController().signal;

async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'voxport-recordings-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
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

/** Every file below a directory, by its path from there. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}

test('a recording is stored byte for byte, with its size and sha256, and for its owner and group only', async () => {
  await using directory = await temporaryDirectory();
  const store = openDirectoryStore({ directory: directory.path });
  const parts = [randomBytes(70_000), randomBytes(1), randomBytes(300_000)];
  const whole = Buffer.concat(parts);
  const stored = await store.put(incomingOf(pieces(...parts)), never);
  expect(stored).toEqual({
    location: expect.stringMatching(/^support\/[0-9a-f]{2}\/conv_1\.mp3$/u),
    sizeBytes: whole.byteLength,
    sha256: createHash('sha256').update(whole).digest('hex'),
  });
  const path = join(directory.path, stored.location);
  expect((await readFile(path)).equals(whole)).toBe(true);
  expect((await stat(path)).mode & 0o007).toBe(0);
  expect(await filesBelow(directory.path)).toEqual([stored.location]);
});

test('storing a recording again leaves one file, with the newer content', async () => {
  await using directory = await temporaryDirectory();
  const store = openDirectoryStore({ directory: directory.path });
  const first = await store.put(incomingOf(pieces(Buffer.from('one'))), never);
  const same = await store.put(incomingOf(pieces(Buffer.from('one'))), never);
  expect(same).toEqual(first);
  const other = await store.put(incomingOf(pieces(Buffer.from('another'))), never);
  expect(other.location).toBe(first.location);
  expect(await filesBelow(directory.path)).toEqual([first.location]);
  expect(await readFile(join(directory.path, first.location), 'utf8')).toBe('another');
});

test('a download that breaks off leaves nothing behind, keeps an older file whole, and throws what the download threw', async () => {
  await using directory = await temporaryDirectory();
  const store = openDirectoryStore({ directory: directory.path });
  const { location } = await store.put(incomingOf(pieces(Buffer.from('whole'))), never);
  const broken = new TransientFailure('connection', 'the connection broke off');
  async function* breaking(): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.from('ha');
    throw broken;
  }
  await expect(store.put(incomingOf(breaking()), never)).rejects.toBe(broken);
  expect(await filesBelow(directory.path)).toEqual([location]);
  expect(await readFile(join(directory.path, location), 'utf8')).toBe('whole');
});

test('an abort leaves nothing behind', async () => {
  await using directory = await temporaryDirectory();
  const store = openDirectoryStore({ directory: directory.path });
  const controller = new AbortController();
  const reason = new Error('shutdown');
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      yield Buffer.alloc(1024);
      controller.abort(reason);
    }
  }
  await expect(store.put(incomingOf(endless()), controller.signal)).rejects.toBe(reason);
  expect(await filesBelow(directory.path)).toEqual([]);
});

test('a directory that does not exist is refused with what to do, and is not created', async () => {
  await using directory = await temporaryDirectory();
  const missing = join(directory.path, 'not-mounted');
  const store = openDirectoryStore({ directory: missing });
  await expect(store.check(never)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining(`${missing}, cannot be used: it does not exist. Create it, or mount it`),
  });
  await expect(store.put(incomingOf(pieces(Buffer.from('x'))), never)).rejects.toMatchObject({ code: 'storage' });
  await expect(store.remove('support/aa/conv_1.mp3', never)).rejects.toMatchObject({ code: 'storage' });
  expect(await readdir(directory.path)).toEqual([]);
});

test('a directory without the right to write is refused with what to do', async () => {
  await using directory = await temporaryDirectory();
  await chmod(directory.path, 0o555);
  const store = openDirectoryStore({ directory: directory.path });
  await asSomebodyElse(() =>
    expect(store.check(never)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('may not write there. Give its user the right to write'),
    }),
  );
  await chmod(directory.path, 0o755);
});

/** Root may write anywhere: it steps down for this. */
async function asSomebodyElse(run: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
  }
}

const hasNamespaces = spawnSync('unshare', ['--map-root-user', '--mount', '--', 'true']).status === 0;

test.skipIf(!hasNamespaces)(
  'a full disk is told with what to do, nothing is left of the recording, and the others stay',
  async () => {
    await using directory = await temporaryDirectory();
    const script = fileURLToPath(new URL('../test/fill-disk.ts', import.meta.url));
    const { stdout, stderr, status } = spawnSync(
      'unshare',
      [
        '--map-root-user',
        '--mount',
        '--',
        'sh',
        '-c',
        'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3" "$1"',
        'sh',
        directory.path,
        process.execPath,
        script,
      ],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      code: 'storage',
      message: `The directory of the recordings, ${directory.path}, cannot be used: the disk is full. Make room, or move the directory; what is missing is fetched again.`,
      files: [expect.stringMatching(/small\.mp3$/u)],
    });
  },
);

test('a path through a file is refused with what to do', async () => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'file');
  await writeFile(file, '');
  await expect(openDirectoryStore({ directory: file }).check(never)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('is a file'),
  });
});

test('a removed recording is gone; to remove it again is no error, and nothing outside can be removed', async () => {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, 'inside'));
  await writeFile(join(directory.path, 'outside'), '');
  const store = openDirectoryStore({ directory: join(directory.path, 'inside') });
  const { location } = await store.put(incomingOf(pieces(Buffer.from('x'))), never);
  await store.remove(location, never);
  await store.remove(location, never);
  expect(await filesBelow(directory.path)).toEqual(['outside']);
  await expect(store.remove('../outside', never)).rejects.toMatchObject({ code: 'storage' });
  await expect(store.remove('s3://bucket/key', never)).rejects.toMatchObject({ code: 'storage' });
  expect(await filesBelow(directory.path)).toEqual(['outside']);
});

test('a check leaves nothing behind, and removes what a process that died long ago has left, but no download under way', async () => {
  await using directory = await temporaryDirectory();
  const folder = join(directory.path, '.incoming');
  await mkdir(folder);
  await writeFile(join(folder, 'abandoned'), 'x');
  await utimes(join(folder, 'abandoned'), new Date(0), new Date(0));
  await writeFile(join(folder, 'under-way'), 'x');
  await openDirectoryStore({ directory: directory.path }).check(never);
  expect(await filesBelow(directory.path)).toEqual(['.incoming/under-way']);
});
