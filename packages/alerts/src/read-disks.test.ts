import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDisks } from './read-disks.ts';

test('tells what is free where a path is; two paths of one disk once; a path that is not here not at all', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-disks-'));
  try {
    const disks = await readDisks([
      { what: 'the database', path: directory },
      { what: 'nothing', path: join(directory, 'that', 'is', 'not', 'here') },
    ]);
    expect(disks).toMatchObject([{ what: 'the database', path: directory }]);
    expect(disks[0]!.freeBytes).toBeGreaterThan(0);
    expect(disks[0]!.totalBytes).toBeGreaterThan(disks[0]!.freeBytes);
  } finally {
    await rm(directory, { recursive: true });
  }
});
