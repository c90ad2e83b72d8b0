import { sql } from 'kysely';
import type { Executor } from '../../executor.ts';

/**
 * The tables of schema `voxport` with their rows, in the order in which they were made, and the newest `exported_at`.
 */
export async function countTables(executor: Executor): Promise<{ table: string; rows: number }[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'voxport'::regnamespace and c.relkind = 'r' order by c.oid
  `.execute(executor);
  const counts = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(`voxport.${name}`)}`.execute(
      executor,
    );
    counts.push({ table: name, rows: rows[0]?.rows ?? 0 });
  }
  return counts;
}

/** When the rows of any conversation last changed; null while there are none. */
export async function lastExportedAt(executor: Executor): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`select max(exported_at) as at from voxport.conversations`.execute(
    executor,
  );
  return rows[0]?.at ?? null;
}
