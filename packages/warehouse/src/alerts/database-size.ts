import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** How much room a database takes, and where. */
export interface DatabaseSize {
  readonly bytes: number;
  /** Its server's data directory; null where this user may not know. */
  readonly dataDirectory: string | null;
}

/** Asks a database how large it is. */
export async function readDatabaseSize(executor: Executor): Promise<DatabaseSize> {
  const { rows } = await sql<DatabaseSize>`
    select pg_database_size(current_database()) as bytes,
           case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory') end as "dataDirectory"
  `.execute(executor);
  return rows[0]!;
}
