import { TransientFailure } from '@voxport/domain';

/** What is wrong and what to do, by the system's code. */
const refusals: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Make room, or move the directory; what is missing is fetched again',
  EDQUOT: 'the quota is used up. Raise it, or make room; what is missing is fetched again',
  EACCES: 'this process may not write there. Give its user the right to write',
  EPERM: 'this process may not write there. Give its user the right to write',
  EROFS: 'the file system is mounted read-only. Mount it for writing',
  ENOENT: 'it does not exist. Create it, or mount it',
  ENOTDIR: 'it, or a part of its path, is a file. Name a directory',
  EMFILE: 'this process has too many files open. Raise its limit (ulimit -n)',
  EIO: 'the disk reports an error. Check it',
  ENAMETOOLONG: 'the path is too long. Choose a shorter directory',
};

/**
 * Turns an error of the file system into one sentence that names the directory and what to do; anything else comes back
 * as it is: a bug stays loud.
 */
export function directoryFailure(error: unknown, directory: string): unknown {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code === null || code.startsWith('ERR_')) return error;
  const reason = refusals[code] ?? `the system says ${code}`;
  return new TransientFailure('storage', `The directory of the recordings, ${directory}, cannot be used: ${reason}.`, {
    cause: error,
  });
}
