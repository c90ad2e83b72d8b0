import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const shipped = join(import.meta.dirname, '..', 'src', 'migrations');

/** A copy of the shipped migrations for one test, which may add its own; `upTo` leaves out those with a higher number. */
export async function copiedMigrations(upTo = '9999'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-migrations-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const file of await readdir(shipped)) {
    if (file.slice(0, 4) <= upTo) await copyFile(join(shipped, file), join(directory, file));
  }
  return directory;
}
