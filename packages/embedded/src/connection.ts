import { databaseName, roleName, type Layout } from './layout.ts';
import type { ServerState } from './inspect.ts';
import { readPassword } from './password.ts';

/** A server that takes connections. */
export interface EmbeddedPostgres {
  /** `postgresql://` with role, password, address and database: for Voxport's own pool, and for BI tools. A secret. */
  readonly url: string;
  readonly port: number;
  /** The directory of its unix socket; null where the path would be too long, and on Windows. */
  readonly socketDir: string | null;
  /** Whether this call started it; false when it was running already. */
  readonly startedHere: boolean;
  /** The server's own word, e.g. `18.4`. */
  readonly version: string;
  /** A command line that opens a shell on the database. Holds no password: it names the file that does. */
  readonly psqlCommand: string;
}

export async function describeServer(
  layout: Layout,
  server: Extract<ServerState, { state: 'running' }>,
  startedHere: boolean,
): Promise<EmbeddedPostgres> {
  const { port, socketDir, version } = server;
  const password = encodeURIComponent(await readPassword(layout));
  return {
    url: `postgresql://${roleName}:${password}@127.0.0.1:${port}/${databaseName}`,
    port,
    socketDir,
    startedHere,
    version,
    psqlCommand: psqlCommandOf(layout.passwordFile, port, process.platform),
  };
}

export function psqlCommandOf(passwordFile: string, port: number, platform: NodeJS.Platform): string {
  const psql = `psql -h 127.0.0.1 -p ${port} -U ${roleName} ${databaseName}`;
  if (platform === 'win32') return `set "PGPASSFILE=${passwordFile}" && ${psql}`;
  const plain = /^[\w/.,:@%+-]+$/u.test(passwordFile);
  return `PGPASSFILE=${plain ? passwordFile : `'${passwordFile.replaceAll("'", String.raw`'\''`)}'`} ${psql}`;
}
