import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describeIf } from './describe-with-redis.ts';

/**
 * The first of these programs that this machine has on its PATH, or where Debian keeps servers; null where there is
 * none. Nothing is downloaded.
 */
export function findProgram(names: readonly string[]): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram) ?? null;
}

/** A `describe` that runs where there is a program, and is skipped with the reason in its name where there is none. */
export function describeWithProgram(program: string, name: string, tests: (path: string) => void): void {
  const path = findProgram([program]);
  describeIf(path !== null, name, `no ${program} on the PATH`, () => tests(path ?? ''));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
