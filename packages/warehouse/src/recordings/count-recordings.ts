import { sql } from 'kysely';
import type { Executor } from '../executor.ts';

/** What has become of the recordings that a run wanted. */
export interface RecordingCounts {
  readonly wanted: number;
  readonly stored: number;
  /** The source does not have them yet; they are asked for again later. */
  readonly late: number;
  /** The source has none. */
  readonly absent: number;
  /** Given up, or put off, for another reason. */
  readonly failed: number;
}

/** Counts the recordings that a run wanted. */
export async function countRecordings(executor: Executor, runId: number): Promise<RecordingCounts> {
  const { rows } = await sql<RecordingCounts>`
    select count(*) as wanted, count(*) filter (where state = 'stored') as stored, count(*) filter (where state = 'absent') as absent,
           count(*) filter (where state = 'pending' and last_error_class = 'not_found') as late,
           count(*) filter (where state = 'failed' or (state = 'pending' and last_error_class is distinct from 'not_found')) as failed
    from voxport.recordings where wanted_run_id = ${runId}
  `.execute(executor);
  return rows[0]!;
}

/**
 * Whether each recording that a run wanted has been tried to an end since the run began. One that the source does not
 * have yet is asked for again hours later; no run waits for that.
 */
export async function areRecordingsTried(executor: Executor, runId: number): Promise<boolean> {
  const { rows } = await sql<{ tried: boolean }>`
    select not exists (
      select 1 from voxport.recordings r join voxport_ops.runs run on run.run_id = r.wanted_run_id
      where r.wanted_run_id = ${runId} and r.state = 'pending' and (r.tried_at is null or r.tried_at < run.started_at)
    ) as tried
  `.execute(executor);
  return rows[0]?.tried ?? true;
}

/**
 * The recordings of a source that wait for the store or the source, that were given up, and whose bytes are still to be
 * removed.
 */
export interface RecordingBacklog {
  readonly sourceId: string;
  readonly stored: number;
  readonly pending: number;
  readonly absent: number;
  readonly failed: number;
  readonly removals: number;
}

/** Counts the recordings of every source that has any. */
export async function countRecordingBacklog(executor: Executor): Promise<RecordingBacklog[]> {
  const { rows } = await sql<RecordingBacklog>`
    select source_id as "sourceId", coalesce(stored, 0) as stored, coalesce(pending, 0) as pending, coalesce(absent, 0) as absent,
           coalesce(failed, 0) as failed, coalesce(removals, 0) as removals
    from (
      select source_id, count(*) filter (where state = 'stored') as stored, count(*) filter (where state = 'pending') as pending,
             count(*) filter (where state = 'absent') as absent, count(*) filter (where state = 'failed') as failed
      from voxport.recordings group by 1
    ) r
    full join (select source_id, count(*) as removals from voxport_ops.recording_removals group by 1) m using (source_id)
    order by 1
  `.execute(executor);
  return rows;
}
