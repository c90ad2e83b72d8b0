import { sql } from 'kysely';
import type { Executor } from '../executor.ts';
import { isShownRestricted } from './restricted-columns.ts';

interface ColumnRow {
  readonly schema: string;
  readonly relation: string;
  readonly name: string;
  readonly type: string;
  readonly comment: string | null;
  readonly relationComment: string | null;
}

/**
 * Makes schema voxport_restricted what it should be: a view of each table and view of schema voxport, of the columns
 * that the restricted reader may see, with their comments. Changes nothing where it is so already. They are views, not
 * grants on columns: `select *` and what BI tools list then work. Run by the owner; the view's owner reads the tables,
 * so the reader needs no right on them.
 */
export async function makeRestrictedViews(transaction: Executor): Promise<void> {
  const { rows } = await sql<ColumnRow>`
    select n.nspname as schema, c.relname as relation, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
           col_description(c.oid, a.attnum) as comment, obj_description(c.oid, 'pg_class') as "relationComment"
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname in ('voxport', 'voxport_restricted') and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    order by n.nspname, c.relname, a.attnum
  `.execute(transaction);
  const desired = new Map<string, ColumnRow[]>();
  const existing = new Map<string, string[]>();
  for (const row of rows) {
    if (row.schema === 'voxport_restricted') {
      existing.set(row.relation, [...(existing.get(row.relation) ?? []), `${row.name} ${row.type}`]);
    } else if (isShownRestricted(row)) desired.set(row.relation, [...(desired.get(row.relation) ?? []), row]);
  }
  for (const name of existing.keys()) {
    const wanted = desired.get(name)?.map((column) => `${column.name} ${column.type}`);
    if (wanted?.join() === existing.get(name)?.join()) desired.delete(name);
    else await sql`drop view ${sql.id('voxport_restricted', name)} cascade`.execute(transaction);
  }
  for (const [name, columns] of desired) await makeView(transaction, name, columns);
}

/**
 * Before a migration: a view of ours must not be what keeps a table from being changed. They are made again in the same
 * run.
 */
export async function dropRestrictedViews(transaction: Executor): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'voxport_restricted' and c.relkind = 'v'
  `.execute(transaction);
  for (const { name } of rows)
    await sql`drop view if exists ${sql.id('voxport_restricted', name)} cascade`.execute(transaction);
}

async function makeView(transaction: Executor, name: string, columns: readonly ColumnRow[]): Promise<void> {
  const view = sql.id('voxport_restricted', name);
  const list = sql.join(columns.map((column) => sql.id(column.name)));
  await sql`create view ${view} with (security_barrier) as select ${list} from ${sql.id('voxport', name)}`.execute(
    transaction,
  );
  const about = columns[0]?.relationComment ?? null;
  if (about !== null) await sql`comment on view ${view} is ${sql.lit(about)}`.execute(transaction);
  for (const { name: column, comment } of columns) {
    if (comment === null) continue;
    await sql`comment on column ${sql.id('voxport_restricted', name, column)} is ${sql.lit(comment)}`.execute(
      transaction,
    );
  }
}
