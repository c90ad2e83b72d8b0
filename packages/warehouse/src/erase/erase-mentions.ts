import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** Tables whose texts may name a conversation that is not theirs: a reason, an alert, a notice to be sent, a list row that a failure quotes. */
const mentioning = [
  'sources',
  'alerts',
  'alert_deliveries',
  'failures',
  'runs',
  'windows',
  'webhook_events',
  'schema_drift',
] as const;
/** What is no text of anybody's: names that other rows are found by, and the vendor's cursor. */
const untouched = ['source_id', 'conversation_id', 'state', 'kind', 'cursor', 'fingerprint', 'type'] as const;
const mark = '[erased]';

/**
 * Replaces the ids of conversations wherever a text of `voxport_ops` mentions them; the columns are asked of the catalogue, so that a new one is none
 * that is forgotten. Returns how many rows it changed.
 */
export async function eraseMentions(transaction: Executor, conversationIds: readonly string[]): Promise<number> {
  if (conversationIds.length === 0) return 0;
  const pattern = conversationIds.map((id) => id.replaceAll(/[^A-Za-z0-9_]/gu, String.raw`\$&`)).join('|');
  const { rows } = await sql<{ name: string; columns: { name: string; isJson: boolean }[] }>`
    select c.relname as name,
           jsonb_agg(jsonb_build_object('name', a.attname, 'isJson', a.atttypid = 'jsonb'::regtype) order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname = 'voxport_ops' and c.relname = any(${[...mentioning]}::text[]) and a.attnum > 0 and not a.attisdropped
      and a.attgenerated = '' and a.atttypid in ('text'::regtype, 'jsonb'::regtype) and not a.attname = any(${[...untouched]}::text[])
    group by c.relname order by c.relname
  `.execute(transaction);
  let changed = 0;
  for (const { name, columns } of rows) {
    const texts = columns.map((column) => sql`${sql.id(column.name)}::text`);
    const replaced = columns.map(({ name: column, isJson }) => {
      const text = sql`regexp_replace(${sql.id(column)}::text, ${pattern}, ${mark}, 'g')`;
      return sql`${sql.id(column)} = ${isJson ? sql`(${text})::jsonb` : text}`;
    });
    const { numAffectedRows } = await sql`
      update ${sql.table(`voxport_ops.${name}`)} set ${sql.join(replaced)}
      where ${sql.join(
        texts.map((text) => sql`coalesce(${text} ~ ${pattern}, false)`),
        sql` or `,
      )}
    `.execute(transaction);
    changed += Number(numAffectedRows ?? 0n);
  }
  return changed;
}
