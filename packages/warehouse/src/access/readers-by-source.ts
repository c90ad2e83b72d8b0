import { sql, type Kysely } from 'kysely';
import { TerminalFailure } from '@voxport/domain';
import type { Executor } from '../executor.ts';

/** A reader and the sources that it sees while readers are held to theirs; `*` is every source. */
export interface ReaderSources {
  readonly reader: string;
  readonly sourceIds: readonly string[];
}

const policyName = 'voxport_readers_by_source';
/** A writer is waited for so long; who waits behind this lock is held up as long. */
const lockTimeoutMs = 10_000;

/** Whether readers see only the sources that are granted to them. */
export async function areReadersBySource(executor: Executor): Promise<boolean> {
  const { rows } = await sql<{ isOn: boolean }>`
    select relrowsecurity and relforcerowsecurity as "isOn" from pg_class where oid = 'voxport.conversations'::regclass
  `.execute(executor);
  return rows[0]?.isOn === true;
}

/**
 * Holds readers to their sources (row-level security on every table of schema voxport, and on the list of sources, of
 * which a view tells), or lets them read all again. As the owner. A table at a time, so that nothing is locked for
 * long; interrupted, it is run again. Forced for the owner too: views read with its rights, and only so the policy
 * holds for whoever asks a view. The policy asks for the current user, which is the reader there too.
 * @throws TerminalFailure where this role may not, or where it is a superuser, whom no policy holds.
 */
export async function holdReadersToSources(kysely: Kysely<unknown>, isOn: boolean): Promise<void> {
  await refuseUnfit(kysely, isOn);
  for (const table of await sourceTables(kysely)) {
    if (table.isOn === isOn && table.hasPolicy === isOn) continue;
    await kysely.transaction().execute(async (transaction) => {
      await sql`select set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`.execute(transaction);
      await (isOn ? switchOn(transaction, table) : switchOff(transaction, table));
    });
  }
}

/** Holds tables that a migration has added to what the others are held to. In the transaction of `migrate`. */
export async function keepReadersBySource(transaction: Executor): Promise<void> {
  if (!(await areReadersBySource(transaction))) return;
  for (const table of await sourceTables(transaction)) {
    if (!table.isOn || !table.hasPolicy) await switchOn(transaction, table);
  }
}

/** Lets readers see sources more, or no longer; what was so already stays. */
export async function grantSources(executor: Executor, { reader, sourceIds }: ReaderSources): Promise<void> {
  await sql`
    insert into voxport_ops.reader_sources (reader, source_id)
    select ${reader}, id from unnest(${[...sourceIds]}::text[]) as id on conflict do nothing
  `.execute(executor);
}

/** @see grantSources */
export async function revokeSources(executor: Executor, { reader, sourceIds }: ReaderSources): Promise<void> {
  await sql`
    delete from voxport_ops.reader_sources where reader = ${reader} and source_id = any(${[...sourceIds]}::text[])
  `.execute(executor);
}

/** What is granted, by reader; logins that are readers and have no source among them. */
export async function listReaderSources(executor: Executor): Promise<ReaderSources[]> {
  const { rows } = await sql<ReaderSources>`
    select coalesce(s.reader, l.name) as reader, coalesce(s.ids, '{}') as "sourceIds"
    from (select reader, array_agg(source_id order by source_id) as ids from voxport_ops.reader_sources group by 1) s
    full join (
      select rolname::text as name from pg_roles r
      where rolcanlogin and not rolsuper and exists (
        select from pg_roles g where g.rolname in ('voxport_bi', 'voxport_bi_restricted') and pg_has_role(r.oid, g.oid, 'usage'))
    ) l on l.name = s.reader
    order by 1
  `.execute(executor);
  return rows;
}

async function refuseUnfit(executor: Executor, isOn: boolean): Promise<void> {
  const { rows } = await sql<{ owner: string; isFree: boolean; isMine: boolean }>`
    select o.rolname as owner, bool_or(o.rolsuper or o.rolbypassrls) as "isFree", bool_and(pg_has_role(o.oid, 'usage')) as "isMine"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles o on o.oid = c.relowner
    where n.nspname in ('voxport', 'voxport_restricted') and c.relkind in ('r', 'p', 'v')
    group by 1 order by 2 desc, 3
  `.execute(executor);
  const unfit = rows.find(({ isFree, isMine }) => (isOn && isFree) || !isMine);
  if (unfit === undefined) return;
  throw new TerminalFailure(
    'database',
    unfit.isMine
      ? `The tables belong to ${unfit.owner}, which is a superuser or bypasses row-level security: views that it owns would show every source. ` +
          'Run voxport migrate with DATABASE_ADMIN_URL and DATABASE_OWNER_URL, which gives them to an owner that is none (docs/roles.md), then try again.'
      : `The tables belong to ${unfit.owner}: set DATABASE_OWNER_URL to its URL.`,
  );
}

interface SourceTable {
  readonly schema: string;
  readonly name: string;
  readonly isOn: boolean;
  readonly hasPolicy: boolean;
}

async function sourceTables(executor: Executor): Promise<SourceTable[]> {
  const { rows } = await sql<SourceTable>`
    select n.nspname as schema, c.relname as name, c.relrowsecurity and c.relforcerowsecurity as "isOn",
           exists (select from pg_policy p where p.polrelid = c.oid and p.polname = ${policyName}) as "hasPolicy"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and (n.nspname = 'voxport' or (n.nspname = 'voxport_ops' and c.relname = 'sources'))
    order by 1, 2
  `.execute(executor);
  return rows;
}

async function switchOn(transaction: Executor, { schema, name }: SourceTable): Promise<void> {
  const table = sql.id(schema, name);
  await sql`drop policy if exists ${sql.id(policyName)} on ${table}`.execute(transaction);
  // Each in a subquery: asked once per query, not once per row.
  const sees = sql`(select voxport_ops.sees_every_source(current_user)) or source_id = any((select voxport_ops.sources_of(current_user))::text[])`;
  await sql`create policy ${sql.id(policyName)} on ${table} using (${sees}) with check (${sees})`.execute(transaction);
  await sql`alter table ${table} enable row level security, force row level security`.execute(transaction);
}

async function switchOff(transaction: Executor, { schema, name }: SourceTable): Promise<void> {
  const table = sql.id(schema, name);
  await sql`alter table ${table} disable row level security, no force row level security`.execute(transaction);
  await sql`drop policy if exists ${sql.id(policyName)} on ${table}`.execute(transaction);
}
