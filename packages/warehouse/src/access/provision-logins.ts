import pg from 'pg';
import { TerminalFailure } from '@voxport/domain';
import { openClient } from '@voxport/postgres';
import { accessRoles, type AccessRole } from './access-rules.ts';

/** A login that is to be there: its name and password are those of the URL. */
export interface WantedLogin {
  readonly url: string;
  /** `owner`: owns the schemas, and migrates. */
  readonly role: AccessRole | 'owner';
}

/** Readers are ended by the server, so that none holds up the tables' clean-up. */
const readerTimeoutMs = 300_000;

/**
 * Makes the logins of a database: an owner that is no superuser, and members of the roles for services and readers,
 * each with the password of its URL. What stands there already and belongs to somebody else (an older Voxport ran as
 * superuser) is given to the owner. Takes from everybody what nobody but the services needs: temporary tables, large
 * objects, and advisory locks, by which a reader could hold up a queue in this database. Writes nothing where all of it
 * stands. Safe by several processes at once.
 * @param options.adminUrl a superuser's URL of the database.
 */
export async function provisionLogins(options: { adminUrl: string; logins: readonly WantedLogin[] }): Promise<void> {
  const { adminUrl, logins } = options;
  const client = await openClient(adminUrl, 'voxport logins');
  try {
    if (await isProvisioned(client, logins)) return;
    await client.query('begin');
    // One process at a time; no reader reaches this lock.
    await client.query('lock table pg_catalog.pg_authid in share row exclusive mode');
    for (const role of accessRoles) await ensureRole(client, role, 'nologin');
    for (const login of logins) await ensureLogin(client, login);
    const owner = logins.find(({ role }) => role === 'owner');
    if (owner !== undefined) await giveTo(client, nameOf(owner));
    await closeToEverybody(client, owner === undefined ? [] : [nameOf(owner)]);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

function nameOf({ url }: WantedLogin): string {
  return decodeURIComponent(new URL(url).username);
}

async function isProvisioned(client: pg.Client, logins: readonly WantedLogin[]): Promise<boolean> {
  const owner = logins.find(({ role }) => role === 'owner');
  const { rows } = await client.query<{ done: boolean }>(
    `select (select count(*) from pg_roles where rolname = any($1::text[])) = cardinality($1::text[])
        and not exists (
          select from unnest($3::text[]) as name
          where not exists (
            select from pg_auth_members m join pg_roles l on l.oid = m.member join pg_roles g on g.oid = m.roleid
            where l.rolname = name and g.rolname = 'voxport_bi_restricted')
        )
        and ($2::text is null or (select datdba from pg_database where datname = current_database()) = to_regrole($2))
        and not exists (
          select from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
          where p.oid = 'pg_catalog.pg_advisory_lock(bigint)'::regprocedure and a.grantee = 0
        ) as done`,
    [
      [...accessRoles, ...logins.map(nameOf)],
      owner === undefined ? null : pg.escapeIdentifier(nameOf(owner)),
      logins.filter(({ role }) => role === 'voxport_bi').map(nameOf),
    ],
  );
  return rows[0]?.done === true;
}

async function ensureRole(client: pg.Client, name: string, attributes: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
  if (rowCount !== 0) return false;
  await client.query(`create role ${pg.escapeIdentifier(name)} ${attributes}`);
  return true;
}

async function ensureLogin(client: pg.Client, login: WantedLogin): Promise<void> {
  if (accessRoles.some((role) => role === nameOf(login))) {
    throw new TerminalFailure(
      'database',
      `${nameOf(login)} is the name of a role that holds rights, and cannot be a login: name the login of that URL otherwise, e.g. ${nameOf(login)}_login.`,
    );
  }
  const name = pg.escapeIdentifier(nameOf(login));
  const password = pg.escapeLiteral(decodeURIComponent(new URL(login.url).password));
  const isNew = await ensureRole(
    client,
    nameOf(login),
    `login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password ${password}`,
  );
  if (login.role !== 'owner') await client.query(`grant ${login.role} to ${name}`);
  // Which has fewer rights: for `voxport query --as`.
  if (login.role === 'voxport_bi') await client.query(`grant voxport_bi_restricted to ${name}`);
  if (!isNew || (login.role !== 'voxport_bi' && login.role !== 'voxport_bi_restricted')) return;
  await client.query(`alter role ${name} set statement_timeout = ${readerTimeoutMs}`);
  await client.query(`alter role ${name} set default_transaction_read_only = on`);
}

/** The database, and whatever of ours is in it. */
async function giveTo(client: pg.Client, owner: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `with ours as (
       select oid, nspname from pg_namespace
       where nspname in ('voxport', 'voxport_raw', 'voxport_ops', 'voxport_restricted', 'bullmq')
     )
     select 1 as step, format('alter database %I owner to %I', current_database(), $1::text) as statement
     union all select 2, format('alter schema %I owner to %I', nspname, $1::text) from ours
     union all
     select 3, format('alter %s %s owner to %I', case relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end,
                      c.oid::regclass, $1::text)
     from pg_class c join ours on ours.oid = relnamespace
     where relkind in ('r', 'p', 'v', 'S') and not exists (
       select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and relkind = 'S' and d.deptype in ('a', 'i')
         and d.refclassid = 'pg_class'::regclass
     )
     union all
     select 4, format('alter routine %s owner to %I', p.oid::regprocedure, $1::text) from pg_proc p join ours on ours.oid = pronamespace
     union all
     select 5, format('alter type %s owner to %I', t.oid::regtype, $1::text) from pg_type t join ours on ours.oid = typnamespace
     where typtype in ('e', 'd')
     order by 1`,
    [owner],
  );
  for (const { statement } of rows) await client.query(statement);
}

async function closeToEverybody(client: pg.Client, owners: readonly string[]): Promise<void> {
  const services = ['voxport_app', 'voxport_gateway'].join(', ');
  const { rows } = await client.query<{ database: string; lockers: string; routines: string }>(
    `select quote_ident(current_database()) as database,
            string_agg(oid::regprocedure::text, ', ') filter (where proname ~ 'advisory') as lockers,
            string_agg(oid::regprocedure::text, ', ') as routines
     from pg_proc where pronamespace = 'pg_catalog'::regnamespace
       and (proname ~ '^pg_(try_)?advisory_' or proname ~ '^lo_' or proname in ('lowrite', 'loread'))`,
  );
  const { database, lockers, routines } = rows[0]!;
  await client.query(`revoke temporary on database ${database} from public`);
  await client.query(`grant temporary on database ${database} to ${services}`);
  await client.query(`revoke execute on function ${routines} from public`);
  await client.query(`grant execute on function ${lockers} to ${services}`);
  for (const owner of owners)
    await client.query(`grant execute on function ${lockers} to ${pg.escapeIdentifier(owner)}`);
}
