import { statfs } from 'node:fs/promises';
import type { DiskObservation } from './observation.ts';

/** Something of ours that is kept on this machine. */
export interface KeptPath {
  readonly what: string;
  readonly path: string;
}

/**
 * Asks the file systems of some paths how much is free; a path that is not here, or may not be looked at, is left out.
 * Two paths of one file system are told once.
 */
export async function readDisks(paths: readonly KeptPath[]): Promise<DiskObservation[]> {
  const disks: (DiskObservation & { readonly key: string })[] = [];
  for (const { what, path } of paths) {
    try {
      const { bavail, blocks, bsize, files } = await statfs(path);
      const key = [blocks, bsize, files].join(' ');
      // A file system that counts no blocks has no size to run out of.
      if (blocks === 0 || disks.some((disk) => disk.key === key && disk.freeBytes === bavail * bsize)) continue;
      disks.push({ what, path, freeBytes: bavail * bsize, totalBytes: blocks * bsize, key });
    } catch {
      // On another machine, or not for us to see: the limit of the database is what holds then.
    }
  }
  return disks.map(({ key: _key, ...disk }) => disk);
}
