import pg from 'pg';
import { pinSession } from '@voxport/postgres';
import { findEmbeddedPostgres } from './find.ts';

/**
 * The names under which programs are connected to the server of a data directory at present, each once, in order; none
 * where it does not run. A program that gives no name is `another program`.
 *
 * @throws EmbeddedPostgresFailure `password_rejected`
 */
export async function listEmbeddedClients(dataDir: string): Promise<string[]> {
  const server = await findEmbeddedPostgres(dataDir);
  if (server === null) return [];
  const client = new pg.Client({ connectionString: server.url, application_name: 'voxport-embedded' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await pinSession(client, { searchPath: '', statementTimeoutMs: 5000, idleInTransactionTimeoutMs: 5000 });
    const { rows } = await client.query<{ name: string }>(
      `select distinct coalesce(nullif(application_name, ''), 'another program') as name from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> 'voxport-embedded'
       order by 1`,
    );
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
