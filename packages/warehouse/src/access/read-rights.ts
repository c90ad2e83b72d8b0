import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { accessRoles, ourSchemas, type AccessRole } from './access-rules.ts';

/** The rights that the roles hold on one table, view or sequence of ours, as the catalogue has them. */
export interface HeldRights {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'sequence';
  /** By role: e.g. `SELECT`, `INSERT`. */
  readonly rights: Readonly<Record<string, readonly string[]>>;
}

/** Reads which of the roles exist on this server. */
export async function readRoles(executor: Executor): Promise<AccessRole[]> {
  const { rows } = await sql<{ name: string }>`
    select rolname as name from pg_roles where rolname = any(${[...accessRoles]}::text[])
  `.execute(executor);
  return accessRoles.filter((role) => rows.some(({ name }) => name === role));
}

/** Reads from the catalogue what each role was granted on every table, view and sequence of our schemas. */
export async function readHeldRights(executor: Executor): Promise<HeldRights[]> {
  const { rows } = await sql<HeldRights>`
    select n.nspname as schema, c.relname as name,
           case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end as kind,
           coalesce((
             select jsonb_object_agg(grantee, privileges) from (
               select r.rolname as grantee, jsonb_agg(a.privilege_type order by a.privilege_type) as privileges
               from aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
               where r.rolname = any(${[...accessRoles]}::text[]) group by r.rolname
             ) by_role
           ), '{}') as rights
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(${[...ourSchemas]}::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'S')
    order by 1, 2
  `.execute(executor);
  return rows;
}

/** The schemas that each role may use, as the catalogue has them. */
export async function readUsableSchemas(
  executor: Executor,
): Promise<{ schema: string; role: string; right: string }[]> {
  const { rows } = await sql<{ schema: string; role: string; right: string }>`
    select n.nspname as schema, r.rolname as role, a.privilege_type as right
    from pg_namespace n cross join lateral aclexplode(n.nspacl) a join pg_roles r on r.oid = a.grantee
    where n.nspname = any(${[...ourSchemas]}::text[]) and r.rolname = any(${[...accessRoles]}::text[])
  `.execute(executor);
  return rows;
}
