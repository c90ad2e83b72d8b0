import pg from 'pg';

/**
 * What stands between a client and the server: nothing, or a pooler that keeps a server's session for each client, or
 * only for each transaction.
 */
export type Pooling = 'none' | 'session' | 'transaction';

const rounds = 5;

/**
 * Finds out by what a connection tells of itself. A pooler gives its clients process numbers of its own; one that lends
 * sessions for a transaction lets two clients meet in one session, or one client in two. Nothing is changed by it.
 * @param client connected, and outside of a transaction.
 * @param url of the same place: where there is a pooler, a second connection is opened and closed again.
 */
export async function findPooling(client: pg.ClientBase, url: string): Promise<Pooling> {
  const own = await sessionOf(client);
  if (!('processID' in client) || client.processID === own) return 'none';
  const other = new pg.Client({ connectionString: url, application_name: 'voxport pooling' });
  other.on('error', () => {});
  await other.connect();
  try {
    for (let round = 0; round < rounds; round += 1) {
      const theirs = await sessionOf(other);
      if (theirs === own || (await sessionOf(client)) !== own) return 'transaction';
    }
    return 'session';
  } finally {
    await other.end();
  }
}

async function sessionOf(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  return rows[0]!.pid;
}
