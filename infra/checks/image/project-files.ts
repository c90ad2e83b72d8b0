import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import dockerignore from '@balena/dockerignore';

/**
 * Copies what a clone would hold, with the changes that are not committed yet: everything that git knows or would take.
 */
export function copyProject(from: string, to: string): void {
  const { status, stdout, stderr } = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: from, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`git ls-files: ${stderr}`);
  // A file that was removed and not yet committed is still listed.
  const paths = new Set(stdout.split('\0').filter((path) => path !== '' && existsSync(join(from, path))));
  copyFiles(from, to, [...paths]);
}

/** The files that a builder would be sent: everything in the directory that its .dockerignore lets through. */
export function buildContextFiles(directory: string): string[] {
  const patterns = readFileSync(join(directory, '.dockerignore'), 'utf8').split('\n');
  // Its types are those of an ES module, it is none.
  const isSent = dockerignore.default().add(patterns).createFilter();
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((path) => isSent(path));
}

/** Copies some files of a directory, each to the same place below another. */
export function copyFiles(from: string, to: string, paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    cpSync(join(from, path), join(to, path), { verbatimSymlinks: true });
  }
}
