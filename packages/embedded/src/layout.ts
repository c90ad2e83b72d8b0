import { join, resolve } from 'node:path';

/** The one database role of the embedded server, and the database it owns. */
export const roleName = 'voxport';
export const databaseName = 'voxport';

/**
 * Where everything of one embedded server lies. The cluster is complete or absent: it is renamed into place when it is
 * ready.
 */
export interface Layout {
  readonly dataDir: string;
  /** The cluster itself: what Postgres calls its data directory. */
  readonly cluster: string;
  readonly postmasterFile: string;
  readonly settingsFile: string;
  /** In libpq's own format, mode 0600, inside the cluster so that cluster and password appear and vanish together. */
  readonly passwordFile: string;
  readonly portFile: string;
  readonly lockFile: string;
  readonly serverLog: string;
}

export function layoutOf(dataDir: string): Layout {
  const root = resolve(dataDir);
  const cluster = join(root, 'cluster');
  return {
    dataDir: root,
    cluster,
    postmasterFile: join(cluster, 'postmaster.pid'),
    settingsFile: join(cluster, 'voxport.conf'),
    passwordFile: join(cluster, 'voxport.pgpass'),
    portFile: join(root, 'port'),
    lockFile: join(root, 'lock'),
    serverLog: join(root, 'server.log'),
  };
}

/** Postgres' own name for its socket in a directory. */
const socketName = (port: number): string => `.s.PGSQL.${port}`;

/**
 * The directory for the unix socket, or null where there can be none: on Windows, and where the path exceeds
 * what `sockaddr_un` holds (108 bytes on Linux, 104 on macOS, the ending zero included).
 */
export function socketDirOf(layout: Layout, platform: NodeJS.Platform): string | null {
  if (platform === 'win32') return null;
  const longest = Buffer.byteLength(join(layout.dataDir, socketName(65_535)));
  return longest < (platform === 'darwin' ? 103 : 107) ? layout.dataDir : null;
}
