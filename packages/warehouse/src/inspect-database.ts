import { sql } from 'kysely';
import type { Executor } from './executor.ts';

/** What an operator needs to know of a database before trusting it with an export. */
export interface DatabaseInspection {
  /** e.g. `18.4`. */
  readonly serverVersion: string;
  readonly now: Date;
  readonly user: string;
  readonly canCreateSchemas: boolean;
  /** BullMQ's functions need it where the queue runs in this database. */
  readonly canCreateTemporary: boolean;
  /** Of our schemas, those that are there and in which this user may not create or use something. */
  readonly schemasWithoutRights: readonly string[];
  /** Of our tables, those that this user may not write. */
  readonly tablesWithoutRights: readonly string[];
  readonly isReadOnly: boolean;
}

/** Asks a database about itself; changes nothing. */
export async function inspectDatabase(executor: Executor): Promise<DatabaseInspection> {
  const { rows } = await sql<DatabaseInspection>`
    with ours as (
      select oid, nspname from pg_namespace where nspname in ('voxport', 'voxport_raw', 'voxport_ops')
    )
    select current_setting('server_version') as "serverVersion", clock_timestamp() as now, current_user as "user",
           has_database_privilege(current_database(), 'create') as "canCreateSchemas",
           has_database_privilege(current_database(), 'temporary') as "canCreateTemporary",
           array(select nspname::text from ours where not (has_schema_privilege(oid, 'usage') and has_schema_privilege(oid, 'create')) order by 1)
             as "schemasWithoutRights",
           array(
             select nspname || '.' || relname from pg_class join ours on ours.oid = relnamespace
             where relkind in ('r', 'p') and not (
               has_table_privilege(pg_class.oid, 'select') and has_table_privilege(pg_class.oid, 'insert')
               and has_table_privilege(pg_class.oid, 'update') and has_table_privilege(pg_class.oid, 'delete')
             ) order by 1
           ) as "tablesWithoutRights",
           pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "isReadOnly"
  `.execute(executor);
  return rows[0]!;
}
