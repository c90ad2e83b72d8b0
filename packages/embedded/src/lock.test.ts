import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acquireLock } from './lock.ts';

async function lockPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-lock-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'lock');
}

test('lets one in at a time', async () => {
  const path = await lockPath();
  let inside = 0;
  let insideMax = 0;
  const visit = async (): Promise<void> => {
    const release = await acquireLock(path, { timeoutMs: 10_000 });
    inside += 1;
    insideMax = Math.max(insideMax, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    await release();
  };
  await Promise.all(Array.from({ length: 5 }, visit));
  expect(insideMax).toBe(1);
});

test('takes over from a process that died', async () => {
  const path = await lockPath();
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  await writeFile(path, `${child.pid} somebody\n`);
  const release = await acquireLock(path, { timeoutMs: 5_000 });
  expect(await readFile(path, 'utf8')).toContain(`${process.pid} `);
  expect(await readFile(path, 'utf8')).not.toContain('somebody');
  await release();
});

test('takes over when the holder has not touched the lock for long, though its process id is in use', async () => {
  const path = await lockPath();
  await writeFile(path, `${process.pid} somebody\n`);
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(path, longAgo, longAgo);
  const release = await acquireLock(path, { timeoutMs: 5_000 });
  expect(await readFile(path, 'utf8')).toContain(`${process.pid} `);
  expect(await readFile(path, 'utf8')).not.toContain('somebody');
  await release();
});

test('names the holder when it waited too long', async () => {
  const path = await lockPath();
  const release = await acquireLock(path, { timeoutMs: 1_000 });
  await expect(acquireLock(path, { timeoutMs: 10 })).rejects.toThrow(`(${process.pid})`);
  await release();
});

test('stops waiting when it is aborted', async () => {
  const path = await lockPath();
  const release = await acquireLock(path, { timeoutMs: 1_000 });
  await expect(acquireLock(path, { timeoutMs: 60_000, signal: AbortSignal.timeout(20) })).rejects.toThrow(/abort/iu);
  await release();
});

test('does not release what another has taken over', async () => {
  const path = await lockPath();
  const release = await acquireLock(path, { timeoutMs: 1_000 });
  await writeFile(path, '1 another\n');
  await release();
  expect(await readFile(path, 'utf8')).toBe('1 another\n');
});
