import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** Whether payloads of a source wait for the loader. */
export async function hasLandedPayloads(executor: Executor, sourceId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from voxport_raw.payloads where source_id = ${sourceId} and state = 'landed' and landed_xact >= voxport_raw.landed_from(${sourceId}) limit 1
  `.execute(executor);
  return rows.length > 0;
}

/** How many payloads of a source wait for the loader, counted up to `countMax`. */
export async function countLandedPayloads(
  executor: Executor,
  query: { sourceId: string; countMax: number },
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (
      select 1 from voxport_raw.payloads where source_id = ${query.sourceId} and state = 'landed'
        and landed_xact >= voxport_raw.landed_from(${query.sourceId}) limit ${query.countMax}
    ) waiting
  `.execute(executor);
  return rows[0]?.count ?? 0;
}
