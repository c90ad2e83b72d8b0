import { readFile, realpath, stat } from 'node:fs/promises';
import { pinSession } from '@voxport/postgres';
import pg from 'pg';
import { EmbeddedPostgresFailure } from './failure.ts';
import { databaseName, roleName, type Layout } from './layout.ts';
import { readPassword } from './password.ts';
import { parsePostmasterFile } from './postmaster-file.ts';
import { isAlive, servesCluster } from './process.ts';

/**
 * The state of the server in a cluster. `crashed` has the process id of a server that is no more; 0 where the file
 * tells none.
 */
export type ServerState =
  | { readonly state: 'stopped' }
  | { readonly state: 'crashed'; readonly pid: number }
  | { readonly state: 'starting' | 'stopping'; readonly pid: number }
  /** Its directory was moved while it ran: it serves, but looks for its files where they were. */
  | { readonly state: 'moved'; readonly pid: number; readonly from: string }
  | {
      readonly state: 'running';
      readonly pid: number;
      readonly port: number;
      readonly socketDir: string | null;
      /** The server's own word, e.g. `18.4`. */
      readonly version: string;
    };

/**
 * Finds out what the server of this cluster is doing, from its `postmaster.pid` and by connecting.
 *
 * @throws EmbeddedPostgresFailure `password_rejected`
 */
export async function inspectServer(layout: Layout): Promise<ServerState> {
  const text = await readFile(layout.postmasterFile, 'utf8').catch(() => null);
  if (text === null) return { state: 'stopped' };
  const file = parsePostmasterFile(text);
  // The server has created the file and not written to it yet, or a crash of the machine cut it.
  if (file === null) return { state: (await ageMs(layout.postmasterFile)) < 10_000 ? 'starting' : 'crashed', pid: 0 };
  const { pid, port, socketDir, status } = file;
  if (!isAlive(pid) || (await servesCluster(pid, layout.cluster)) === 'no') return { state: 'crashed', pid };
  if (status === 'stopping') return { state: 'stopping', pid };
  if (port === null || status === null) return { state: 'starting', pid };
  const server = await ask(layout, { pid, port });
  if (server === null) return { state: 'starting', pid };
  if (server.movedFrom !== null) return { state: 'moved', pid, from: server.movedFrom };
  return { state: 'running', pid, port, socketDir, version: server.version };
}

async function ageMs(path: string): Promise<number> {
  const file = await stat(path).catch(() => null);
  return file ? Date.now() - file.mtimeMs : 0;
}

/** Connects and asks the server for its cluster; null when it does not take connections or is another's. */
async function ask(
  layout: Layout,
  { pid, port }: { readonly pid: number; readonly port: number },
): Promise<{ version: string; movedFrom: string | null } | null> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: roleName,
    database: databaseName,
    password: await readPassword(layout),
    ssl: false,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    application_name: 'voxport-embedded',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await pinSession(client, { searchPath: '', statementTimeoutMs: 5000, idleInTransactionTimeoutMs: 5000 });
    const { rows } = await client.query<{ cluster: string; version: string }>(
      "select current_setting('data_directory') as cluster, split_part(current_setting('server_version'), ' ', 1) as version",
    );
    const [row] = rows;
    if (!row) return null;
    const { cluster, version } = row;
    if ((await realpath(cluster).catch(() => null)) === (await realpath(layout.cluster)))
      return { version, movedFrom: null };
    // A server stays in its directory wherever that is moved: what it reads there is the file that lies here.
    const own = await client.query<{ file: string }>("select pg_read_file('postmaster.pid') as file");
    const isMoved = own.rows[0]?.file === (await readFile(layout.postmasterFile, 'utf8'));
    return isMoved && (await servesCluster(pid, layout.cluster)) !== 'no' ? { version, movedFrom: cluster } : null;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === '28P01' || code === '28000') {
      throw new EmbeddedPostgresFailure(
        'password_rejected',
        `The embedded Postgres on port ${port} refuses the password in ${layout.passwordFile}. ` +
          `Put the password of role ${roleName} back into that file, or set DATABASE_URL.`,
        { cause: error },
      );
    }
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}
