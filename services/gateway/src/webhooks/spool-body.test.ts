import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeSpoolBound, SpoolFullError, spoolBody } from './spool-body.ts';

const megabyte = 1024 * 1024;

async function* bodyOf(bytes: number): AsyncGenerator<Buffer> {
  for (let left = bytes; left > 0; left -= 64 * 1024) yield Buffer.alloc(Math.min(left, 64 * 1024), 0x61);
}

async function spoolIn(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-spool-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const limits = { bytesMax: 100 * megabyte, keptBytesMax: 100 * megabyte, onChunk: () => undefined };

test('a large body waits in the directory that is named, in a file without a name', async () => {
  const directory = await spoolIn();
  await using body = await spoolBody(bodyOf(3 * megabyte), { ...limits, spool: makeSpoolBound(directory) });
  expect(await readdir(directory)).toEqual([]);
  if (process.platform === 'linux') {
    const handles = await readdir('/proc/self/fd');
    const paths = await Promise.all(handles.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => '')));
    expect(paths.filter((path) => path.startsWith(directory))).toHaveLength(1);
  }
  expect((await body.read())?.length).toBe(3 * megabyte);
});

test('all bodies together take no more bytes than the bound, and give them back', async () => {
  const spool = makeSpoolBound(await spoolIn(), 5 * megabyte);
  const first = await spoolBody(bodyOf(3 * megabyte), { ...limits, spool });
  await expect(spoolBody(bodyOf(3 * megabyte), { ...limits, spool })).rejects.toThrow(SpoolFullError);
  await first[Symbol.asyncDispose]();
  await using second = await spoolBody(bodyOf(5 * megabyte), { ...limits, spool });
  expect(second.sizeBytes).toBe(5 * megabyte);
});
