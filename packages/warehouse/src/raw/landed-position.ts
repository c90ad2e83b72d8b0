import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/**
 * Moves a source's position past the payloads that no longer wait for the loader. Whatever waits, or can still come to
 * wait, stays behind it: the oldest payload that waits bounds it, and the oldest transaction under way, because a
 * landing's number is its transaction's. A transaction that only reads has none, so a reader's old snapshot does not
 * hold it up. To be called after every thousand payloads or so: each move leaves a row version behind.
 */
export async function moveLandedPosition(executor: Executor, sourceId: string): Promise<void> {
  await sql`
    insert into voxport_raw.landed_positions as known (source_id, landed_xact)
    select ${sourceId}, least(
      pg_snapshot_xmin(pg_current_snapshot()),
      (select p.landed_xact from voxport_raw.payloads p
       where p.source_id = ${sourceId} and p.state = 'landed' and p.landed_xact >= voxport_raw.landed_from(${sourceId})
       order by p.landed_xact, p.payload_id limit 1))
    on conflict (source_id) do update set landed_xact = excluded.landed_xact, moved_at = now()
      where known.landed_xact <> excluded.landed_xact
  `.execute(executor);
}
