import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Has Node keep what it compiles of this process's files for the next one: half of a command's start is compiling. Must
 * be called before they are imported. In a directory of the user's own, because whoever can write there can have code
 * run. Where Node is given one (NODE_COMPILE_CACHE) or is told to keep nothing (NODE_DISABLE_COMPILE_CACHE), it stays
 * with that; where the directory cannot be written, nothing is kept.
 * @param cacheDirectory where the user keeps caches (XDG_CACHE_HOME); undefined or empty for `~/.cache`.
 */
export function keepCompiled(cacheDirectory: string | undefined): void {
  const home = homeDirectory();
  const caches = cacheDirectory || (home === null ? null : join(home, '.cache'));
  if (caches !== null) enableCompileCache(join(caches, 'voxport', 'compiled'));
}

/** Null for a user that the machine does not know, as in a container that runs under a number. */
function homeDirectory(): string | null {
  try {
    return homedir() || null;
  } catch {
    return null;
  }
}
