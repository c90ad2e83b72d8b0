import { readlink, realpath } from 'node:fs/promises';

/** Whether a process with this id exists, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether the process is the server of this cluster: a server's working directory is its cluster, which Linux tells.
 * After a crash or in a new container the process id of a left-over `postmaster.pid` may belong to anything.
 * `unknown` where the system does not say.
 */
export async function servesCluster(pid: number, cluster: string): Promise<'yes' | 'no' | 'unknown'> {
  if (process.platform !== 'linux') return 'unknown';
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(cluster)) ? 'yes' : 'no';
  } catch (error) {
    // A zombie has no working directory left.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no' : 'unknown';
  }
}
