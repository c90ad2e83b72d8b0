import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** How fresh a source is, and what stands in the way. */
export interface SourceFreshness {
  readonly sourceId: string;
  /** Every call that started before this time has been listed. */
  readonly completeUntil: Date | null;
  readonly newestCallAt: Date | null;
  readonly lastExportedAt: Date | null;
  readonly waiting: number;
  readonly openFailures: number;
  readonly inFlightLimit: number | null;
  readonly pausedAt: Date | null;
  readonly pausedReason: string | null;
}

/** How fresh every source is that was ever registered, by name. */
export async function readFreshness(executor: Executor): Promise<SourceFreshness[]> {
  const { rows } = await sql<SourceFreshness>`
    select f.source_id as "sourceId", f.complete_until as "completeUntil", f.newest_call_at as "newestCallAt",
           f.last_exported_at as "lastExportedAt", f.waiting_conversations as waiting, f.open_failures as "openFailures",
           s.in_flight_limit as "inFlightLimit", f.paused_at as "pausedAt", f.paused_reason as "pausedReason"
    from voxport.pipeline_freshness f join voxport_ops.sources s using (source_id) order by f.source_id
  `.execute(executor);
  return rows;
}
