import type { ListFilters, TimeRange } from '@voxport/domain';
import type { ServiceContext } from '@voxport/runtime';
import { makeSourcePlanner } from '@voxport/scheduler';
import {
  openBackfillLike,
  openRuns,
  planRequestedRun,
  readRun,
  startBackfill,
  startRun,
  syncToTakeUp,
  type RunRequest as PlannedRequest,
  type RunRow,
} from '@voxport/warehouse';
import type { CommandContext } from '../command-context.ts';
import { UsageError } from '../usage-error.ts';
import type { RunRequest, SourceRun } from './run-to-end.ts';
import { workedOnBy } from './worked-on.ts';

/**
 * An incremental export of everything that is configured. A sync that was interrupted is taken over; one that an
 * operator paused is not.
 */
export function syncRequest(): RunRequest {
  return {
    kind: 'sync',
    range: null,
    filters: {},
    begin: async ({ database: { kysely }, sources }) => {
      const runs: SourceRun[] = [];
      for (const { config } of sources) {
        const { sourceId } = config;
        for (const runId of await openRuns(kysely, { sourceId, kind: 'sync' })) {
          if ((await readRun(kysely, runId))?.state === 'paused') throw pausedAlready(runId, 'does the same');
        }
      }
      for (const { config } of sources) {
        const { sourceId } = config;
        const interrupted = await syncToTakeUp(kysely, sourceId);
        const runId = interrupted ?? (await startRun(kysely, { kind: 'sync', sourceId, range: null, filters: {} }));
        runs.push({ sourceId, runId });
      }
      return runs;
    },
    plan: async (planner, runId) => {
      await planner.planSync(runId);
      await planner.enqueueRun(runId);
    },
  };
}

/**
 * A backfill of a range: for each source the one that was begun and that nobody works on any more, where there is one,
 * else a new one.
 */
export function backfillRequest(
  command: CommandContext,
  backfill: { range: TimeRange; filters: ListFilters },
): RunRequest {
  return {
    kind: 'backfill',
    ...backfill,
    begin: (context) => beginBackfill(command, context, backfill),
    plan: (planner, runId) => planner.enqueueRun(runId),
  };
}

/**
 * Begins a backfill of each source, or takes up the same one that was interrupted; returns their runs. Nothing is
 * enqueued.
 */
export async function beginBackfill(
  { signal, note }: CommandContext,
  { database, sources }: ServiceContext,
  { range, filters }: { range: TimeRange; filters: ListFilters },
): Promise<SourceRun[]> {
  const { kysely } = database;
  const interrupted: SourceRun[] = [];
  for (const { config } of sources) {
    const { sourceId } = config;
    const same = await openBackfillLike(kysely, { sourceId, range, filters });
    if (same?.state === 'paused') throw pausedAlready(same.runId, 'is the same backfill');
    if (same === null || (await workedOnBy(database, same.runId, signal)) !== null) continue;
    note(`Run ${same.runId} is the same backfill and was interrupted: it continues where it stopped.`);
    interrupted.push({ sourceId, runId: same.runId });
  }
  const others = sources
    .map(({ config: { sourceId, filters: ownFilters } }) => ({ sourceId, filters: ownFilters }))
    .filter(({ sourceId }) => !interrupted.some((run) => run.sourceId === sourceId));
  return [...interrupted, ...(await startBackfill(kysely, { sources: others, range, filters }))];
}

/**
 * A run that was begun and has not ended continues in this process: at the saved cursors, with the details that are
 * still wanted.
 */
export function resumedRequest(run: RunRow): RunRequest {
  const { runId, sourceId, kind, range, filters } = run;
  return {
    kind,
    range,
    filters,
    begin: async (context) => {
      await planRequested(context);
      return [{ sourceId, runId }];
    },
    plan: (planner) => planner.enqueueRun(runId),
  };
}

/** Plans what an operator has asked for and no scheduler has planned: without a fleet nobody else would. */
async function planRequested(context: ServiceContext): Promise<void> {
  for (const source of context.sources) {
    const planner = makeSourcePlanner(context, source);
    const plan = (runId: number, request: PlannedRequest): Promise<unknown> =>
      request.kind === 'backfill'
        ? planner.planBackfill(runId, request.range, request.filters)
        : planner.planRetry(runId, request.failures);
    const { sourceId } = source.config;
    for (;;) {
      const planned = await planRequestedRun(
        context.database.kysely,
        sourceId,
        async (...given) => void (await plan(...given)),
      );
      if (planned === null) break;
    }
  }
}

function pausedAlready(runId: number, what: string): UsageError {
  return new UsageError(
    `Run ${runId} ${what}, and is paused. Let it continue: voxport runs resume ${runId}. Or end it: voxport runs cancel ${runId}`,
  );
}
