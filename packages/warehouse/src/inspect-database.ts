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
  /** Whether the user owns our schemas, where they are there: it can migrate, which no service needs. */
  readonly isOwner: boolean;
  /**
   * Rights on the whole server that nobody needs here, e.g. `superuser`: of the user, or of a role that it is a member
   * of.
   */
  readonly excessRights: readonly string[];
  /** Of our schemas, those that are there and that this user may not use. */
  readonly schemasWithoutRights: readonly string[];
  /** Of our tables, those that this user may not write; without those that are the owner's alone. */
  readonly tablesWithoutRights: readonly string[];
  readonly databaseName: string;
  readonly isReadOnly: boolean;
  /** Whether the server follows another one. */
  readonly isStandby: boolean;
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
           exists (
             select from pg_namespace n join ours on ours.oid = n.oid where pg_has_role(n.nspowner, 'usage')
           ) as "isOwner",
           array(
             select distinct right_name from pg_roles r, lateral (values
               ('superuser', r.rolsuper), ('createrole', r.rolcreaterole), ('createdb', r.rolcreatedb),
               ('bypassrls', r.rolbypassrls), ('replication', r.rolreplication),
               (r.rolname::text, r.rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
             ) as named (right_name, is_held)
             where is_held and case when (select rolsuper from pg_roles where rolname = current_user) then r.rolname = current_user
                                    else pg_has_role(r.oid, 'member') end
             order by 1
           ) as "excessRights",
           array(select nspname::text from ours where not has_schema_privilege(oid, 'usage') order by 1)
             as "schemasWithoutRights",
           array(
             select nspname || '.' || relname from pg_class join ours on ours.oid = relnamespace
             where relkind in ('r', 'p') and relname not in ('migrations', 'migrations_lock', 'identity_key') and not (
               has_table_privilege(pg_class.oid, 'select') and has_table_privilege(pg_class.oid, 'insert')
               and has_table_privilege(pg_class.oid, 'update') and has_table_privilege(pg_class.oid, 'delete')
             ) order by 1
           ) as "tablesWithoutRights",
           current_database() as "databaseName", pg_is_in_recovery() as "isStandby",
           pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "isReadOnly"
  `.execute(executor);
  return rows[0]!;
}
