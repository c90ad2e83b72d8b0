import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { TransientFailure } from '@voxport/domain';
import { directoryFailure } from './directory-failure.ts';
import { measure } from './measure.ts';
import { recordingName } from './recording-name.ts';
import type { RecordingStore } from './store.ts';

/** Where files grow until they are whole: on the same file system, so that the move to the final name is one step. */
const incoming = '.incoming';
/** Not for everybody: a recording is a voice. */
const fileMode = 0o640;
const probeBytes = 64 * 1024;
/** What a process that died left behind is removed after so long; no download takes it. */
const abandonedAfterMs = 24 * 3_600_000;

/**
 * Keeps recordings as files below a directory, which must exist: one that is not mounted is then seen, and not written
 * past. A file is written under another name, synced to the disk and renamed, so that under its own name it is whole,
 * also after a power cut.
 */
export function openDirectoryStore({ directory }: { directory: string }): RecordingStore {
  /** Runs a step on the file system; its errors become failures that name the directory. */
  async function step<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      throw directoryFailure(error, directory);
    }
  }

  async function openIncoming(): Promise<{ path: string; handle: FileHandle }> {
    const folder = join(directory, incoming);
    // Not recursive: the directory itself is the operator's to create.
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const path = join(folder, randomUUID());
    return { path, handle: await open(path, 'wx', fileMode) };
  }

  async function moveInto(path: string, name: string): Promise<void> {
    const target = join(directory, ...name.split('/'));
    await mkdir(dirname(target), { recursive: true });
    await rename(path, target);
    // The rename itself is durable only with its directories; the upper ones may be new.
    for (let folder = dirname(target); folder.length >= directory.length; folder = dirname(folder)) {
      await syncDirectory(folder);
    }
  }

  return {
    place: directory,

    async check(signal) {
      signal.throwIfAborted();
      await step(async () => {
        const { path, handle } = await openIncoming();
        try {
          // An empty file fits on a full disk.
          await handle.writeFile(Buffer.alloc(probeBytes));
        } finally {
          await handle.close();
          await rm(path);
        }
        await removeAbandoned(join(directory, incoming));
      });
    },

    async put(recording, signal) {
      signal.throwIfAborted();
      const measured = measure(recording.body, signal);
      const { path, handle } = await step(openIncoming);
      try {
        try {
          await handle.writeFile(measured.bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
        const name = recordingName(recording);
        await moveInto(path, name);
        return { location: name, ...measured.result() };
      } catch (error) {
        await rm(path, { force: true }).catch(() => {});
        throw measured.bodyError()?.error ?? directoryFailure(error, directory);
      }
    },

    async remove(location, signal) {
      signal.throwIfAborted();
      const target = join(directory, ...location.split('/'));
      if (location.includes('://') || relative(directory, target).split(sep)[0] === '..') {
        throw new TransientFailure(
          'storage',
          `The recording at ${location} does not lie in the directory ${directory}. Remove it by hand, or configure the store that it lies in.`,
        );
      }
      await step(async () => {
        // A directory that is not there is not the same as a file that is not there.
        await stat(directory);
        await rm(target, { force: true });
        await syncDirectory(dirname(target)).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error;
        });
      });
    },

    close() {},
  };
}

async function removeAbandoned(folder: string): Promise<void> {
  const before = Date.now() - abandonedAfterMs;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && found.mtimeMs < before) await rm(path, { force: true });
  }
}

async function syncDirectory(folder: string): Promise<void> {
  // Windows cannot open a directory for syncing, and needs no such thing.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
