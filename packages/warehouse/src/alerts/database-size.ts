import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** How much room a database takes, and where. */
export interface DatabaseSize {
  readonly bytes: number;
  /** Its server's data directory; null where this user may not know, or the server is on another machine. */
  readonly dataDirectory: string | null;
}

/** Asks a database how large it is. */
export async function readDatabaseSize(executor: Executor): Promise<DatabaseSize> {
  const { rows } = await sql<DatabaseSize>`
    select pg_database_size(current_database()) as bytes,
           -- Over a socket, or from the server's own address: the path is then one of this machine.
           case when pg_has_role('pg_read_all_settings', 'usage') and coalesce(inet_server_addr() = inet_client_addr(), true)
             then current_setting('data_directory') end as "dataDirectory"
  `.execute(executor);
  return rows[0]!;
}
