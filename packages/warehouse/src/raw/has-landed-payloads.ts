import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** Whether payloads of a source wait for the loader. */
export async function hasLandedPayloads(executor: Executor, sourceId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from voxport_raw.payloads where source_id = ${sourceId} and state = 'landed' limit 1
  `.execute(executor);
  return rows.length > 0;
}
