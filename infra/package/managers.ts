/** How a package manager installs a tarball in an empty directory and runs a program of it there. */
export interface Manager {
  /** Commands that install the tarball, in order. */
  readonly install: (tarball: string) => readonly (readonly [string, ...string[]])[];
  /** What precedes `voxport …`. */
  readonly runs: readonly [string, ...string[]];
}

export type ManagerName = 'npm' | 'pnpm' | 'yarn';

/** pnpm and yarn are fetched by npx, so that only npm has to be there. */
export const managers: Readonly<Record<ManagerName, Manager>> = {
  npm: {
    install: (tarball) => [
      ['npm', 'init', '-y'],
      ['npm', 'install', '--no-fund', '--no-audit', tarball],
    ],
    runs: ['npx', '--no-install'],
  },
  pnpm: {
    // Build scripts are not allowed, as is pnpm's default: the embedded Postgres must do without.
    install: (tarball) => [
      ['npm', 'init', '-y'],
      ['npx', '-y', 'pnpm@12', 'add', '--config.strict-dep-builds=false', tarball],
    ],
    runs: ['npx', '-y', 'pnpm@12', 'exec'],
  },
  yarn: {
    install: (tarball) => [
      ['npm', 'init', '-y'],
      ['npx', '-y', '-p', 'yarn@1.22.22', 'yarn', 'add', '--non-interactive', `file:${tarball}`],
    ],
    runs: ['npx', '-y', '-p', 'yarn@1.22.22', 'yarn', '--silent', 'run'],
  },
};

/** Whether a word of the command line names a package manager. */
export function isManagerName(name: string): name is ManagerName {
  return name in managers;
}
