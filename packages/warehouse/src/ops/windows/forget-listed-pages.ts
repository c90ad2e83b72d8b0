import { sql } from 'kysely';
import type { Executor } from '../../executor.ts';

/**
 * Removes the notes of pages that runs of a source listed which have ended an hour ago or longer: a verification that
 * is under way reads the younger ones. What was counted of runs that have ended goes with them, should a run have ended
 * while somebody counted. To be called every minute or so.
 */
export async function forgetListedPages(executor: Executor, sourceId: string): Promise<void> {
  await sql`
    delete from voxport_ops.listed_pages p using voxport_ops.runs r
    where p.source_id = ${sourceId} and r.run_id = p.run_id and r.finished_at < now() - interval '1 hour'
  `.execute(executor);
  await sql`
    delete from voxport_ops.run_count_changes c using voxport_ops.runs r
    where r.run_id = c.run_id and r.source_id = ${sourceId} and r.state not in ('running', 'paused')
  `.execute(executor);
}
