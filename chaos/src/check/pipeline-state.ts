import { openEngine, openProducer } from '@voxport/jobs';
import type { Query } from '../stage/postgres.ts';
import { sourceId } from '../stage/stage.ts';

/** What the pipeline says of itself. */
export interface PipelineState {
  readonly runs: number;
  readonly runsRunning: number;
  readonly runsWithFailures: number;
  readonly openWindows: number;
  readonly failedWindows: number;
  readonly known: number;
  readonly pending: number;
  readonly loaded: number;
  readonly landed: number;
  readonly openFailures: number;
  readonly isPaused: boolean;
}

/** Reads it from Postgres. `kind` is the kind of run that does the work of the round. */
export async function readPipelineState(query: Query, kind: 'sync' | 'backfill'): Promise<PipelineState> {
  const [row] = await query(
    `select
       (select count(*) from voxport_ops.runs where kind = $1) as "runs",
       (select count(*) from voxport_ops.runs where state = 'running') as "runsRunning",
       (select count(*) from voxport_ops.runs where state not in ('running', 'finished', 'cancelled')) as "runsWithFailures",
       (select count(*) from voxport_ops.windows where state = 'open') as "openWindows",
       (select count(*) from voxport_ops.windows where state = 'failed') as "failedWindows",
       (select count(*) from voxport_ops.inventory) as "known",
       (select count(*) from voxport_ops.inventory where state in ('discovered', 'fetched')) as "pending",
       (select count(*) from voxport_ops.inventory where state = 'loaded') as "loaded",
       (select count(*) from voxport_raw.payloads where state = 'landed') as "landed",
       (select count(*) from voxport_ops.failures where resolved_at is null) as "openFailures",
       exists (select 1 from voxport_ops.sources where paused_at is not null) as "isPaused"`,
    [kind],
  );
  return row as unknown as PipelineState;
}

/** Whether the pipeline says that it is done. What it says is compared with the truth afterwards. */
export function saysDone(state: PipelineState): boolean {
  const { runs, runsRunning, openWindows, pending, landed, isPaused } = state;
  return runs > 0 && runsRunning + openWindows + pending + landed === 0 && !isPaused;
}

/** Jobs left in the queues that carry work, in any state. */
export async function countJobs(queueUrl: string): Promise<number> {
  const engine = await openEngine({ queueUrl, consumersMax: 0, onError: () => {} });
  try {
    const producer = await openProducer(engine, sourceId, () => {});
    const depths = [await producer.fetchDepth(), await producer.loadDepth()];
    await producer.close();
    return depths.reduce((sum, { waiting, delayed, active }) => sum + waiting + delayed + active, 0);
  } finally {
    await engine.close();
  }
}
