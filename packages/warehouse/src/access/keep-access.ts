import { sql, type Kysely } from 'kysely';
import { databaseErrorCode } from '@voxport/postgres';
import type { Executor } from '../executor.ts';
import { accessRoles, createRolesSql, mayUseSchema, ourSchemas, rightsOn, type AccessRole } from './access-rules.ts';
import { readHeldRights, readRoles, readUsableSchemas, type HeldRights } from './read-rights.ts';
import { keepReadersBySource } from './readers-by-source.ts';
import { makeRestrictedViews } from './restricted-views.ts';

/**
 * Makes rights what `access-rules.ts` says: creates the roles where the connection's role may, grants what is missing,
 * takes away what is too much, makes the restricted reader's views, and holds new tables to the sources of readers
 * where the others are. Writes nothing where everything stands. One process at a time: the lock is a row that no reader
 * reaches. Only the owner of the schemas may: for another role it does nothing.
 * @param onWarning told, with what to run, when roles are missing and may not be created.
 */
export async function keepAccess(kysely: Kysely<unknown>, onWarning: (message: string) => void): Promise<void> {
  if (!(await isOwner(kysely))) return;
  for (const role of accessRoles) await createRole(kysely, role);
  const roles = await readRoles(kysely);
  if (roles.length < accessRoles.length) {
    const missing = accessRoles.filter((role) => !roles.includes(role)).join(', ');
    onWarning(
      `The roles ${missing} are not there, and this role may not create them: services and readers have no rights of their own. ` +
        `Let an administrator run this, then migrate again: ${createRolesSql.replaceAll('\n', ' ')}`,
    );
  }
  await kysely.transaction().execute(async (transaction) => {
    await sql`select from voxport_ops.migrations_lock for update`.execute(transaction);
    await makeRestrictedViews(transaction);
    await keepSchemas(transaction, roles);
    for (const relation of await readHeldRights(transaction)) await keepRights(transaction, roles, relation);
    await keepReadersBySource(transaction);
  });
}

async function isOwner(executor: Executor): Promise<boolean> {
  const { rows } = await sql<{ owner: boolean }>`
    select coalesce((
      select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'voxport_restricted'
    ), false) as owner
  `.execute(executor);
  return rows[0]?.owner === true;
}

/** Roles belong to the whole server: two databases may be migrated at once. */
async function createRole(kysely: Kysely<unknown>, role: AccessRole): Promise<void> {
  const { rows } = await sql`select from pg_roles where rolname = ${role}`.execute(kysely);
  if (rows.length > 0) return;
  try {
    await sql`create role ${sql.id(role)} nologin`.execute(kysely);
    await sql`comment on role ${sql.id(role)} is ${sql.lit(roleComments[role])}`.execute(kysely);
  } catch (error) {
    const code = databaseErrorCode(error);
    // It exists by now, or may not be created; XX000 is what Postgres says of two that comment at once.
    if (code === null || !['42710', '23505', '42501', 'XX000'].includes(code)) throw error;
  }
}

const roleComments: Readonly<Record<AccessRole, string>> = {
  voxport_app: 'Voxport: the services. Rows of every table, and nothing else',
  voxport_gateway: 'Voxport: the gateway. Lands webhooks, writes what operators ask for, reads the rest',
  voxport_bi: 'Voxport: readers of schema voxport',
  voxport_bi_restricted: 'Voxport: readers of schema voxport_restricted, which holds no content of calls',
};

async function keepSchemas(transaction: Executor, roles: readonly AccessRole[]): Promise<void> {
  const held = await readUsableSchemas(transaction);
  const defaults = await readDefaults(transaction);
  for (const schema of ourSchemas) {
    for (const role of roles) {
      const isHeld = held.some((one) => one.schema === schema && one.role === role && one.right === 'USAGE');
      const mayUse = mayUseSchema(role, schema);
      if (mayUse && !isHeld) {
        await sql`grant usage on schema ${sql.id(schema)} to ${sql.id(role)}`.execute(transaction);
      }
      if (mayUse && !defaults.has(`${schema} ${role}`)) await setDefaults(transaction, schema, role);
      if (held.some((one) => one.schema === schema && one.role === role && (!mayUse || one.right !== 'USAGE'))) {
        await sql`revoke all on schema ${sql.id(schema)} from ${sql.id(role)}`.execute(transaction);
        if (mayUse) await sql`grant usage on schema ${sql.id(schema)} to ${sql.id(role)}`.execute(transaction);
      }
    }
  }
}

/**
 * For which schema and role it is settled what this role's new tables grant: a database that got another owner has
 * none.
 */
async function readDefaults(executor: Executor): Promise<Set<string>> {
  const { rows } = await sql<{ settled: string }>`
    select n.nspname || ' ' || r.rolname as settled
    from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace
    cross join lateral aclexplode(d.defaclacl) a join pg_roles r on r.oid = a.grantee
    where d.defaclobjtype = 'r' and d.defaclrole = current_user::regrole
  `.execute(executor);
  return new Set(rows.map(({ settled }) => settled));
}

/**
 * What a later migration adds is granted in its own transaction, so that a running service never meets a table without
 * rights.
 */
async function setDefaults(transaction: Executor, schema: string, role: AccessRole): Promise<void> {
  const rights = rightsOn(role, { schema, name: '', isTable: true });
  await sql`
    alter default privileges in schema ${sql.id(schema)} grant ${sql.raw(rights.join(', '))} on tables to ${sql.id(role)}
  `.execute(transaction);
  if (!rights.includes('INSERT')) return;
  await sql`
    alter default privileges in schema ${sql.id(schema)} grant usage, select on sequences to ${sql.id(role)}
  `.execute(transaction);
}

async function keepRights(transaction: Executor, roles: readonly AccessRole[], relation: HeldRights): Promise<void> {
  for (const role of roles) {
    const held = relation.rights[role] ?? [];
    const wanted = wantedRights(role, relation);
    const target = sql`${sql.raw(relation.kind === 'sequence' ? 'sequence' : 'table')} ${sql.id(relation.schema, relation.name)}`;
    const missing = wanted.filter((right) => !held.includes(right));
    const excess = held.filter((right) => !wanted.includes(right));
    if (missing.length > 0)
      await sql`grant ${sql.raw(missing.join(', '))} on ${target} to ${sql.id(role)}`.execute(transaction);
    if (excess.length > 0)
      await sql`revoke ${sql.raw(excess.join(', '))} on ${target} from ${sql.id(role)}`.execute(transaction);
  }
}

function wantedRights(role: AccessRole, { schema, name, kind }: HeldRights): readonly string[] {
  if (kind !== 'sequence') return rightsOn(role, { schema, name, isTable: kind === 'table' });
  const isWriter = role === 'voxport_app' || (role === 'voxport_gateway' && schema !== 'voxport');
  return isWriter && schema !== 'voxport_restricted' ? ['SELECT', 'USAGE'] : [];
}
