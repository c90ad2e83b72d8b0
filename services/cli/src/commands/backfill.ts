import type { ListFilters, TimeRange } from '@voxport/domain';
import { makeSourcePlanner } from '@voxport/scheduler';
import { startRun } from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { runToEnd } from '../export/run-to-end.ts';
import { withServiceContext } from '../export/with-service-context.ts';
import { refuseUnsupportedFilters } from './filter-options.ts';
import { answer } from './sync.ts';

export interface BackfillOptions {
  readonly range: TimeRange;
  readonly filters: ListFilters;
  readonly source: string | null;
  readonly detach: boolean;
  readonly json: boolean;
}

/** `voxport backfill`: exports a range of call starts to its end; detached, it is only planned, for a running fleet. */
export async function backfill(command: CommandContext, options: BackfillOptions): Promise<ExitCode> {
  const { range, filters } = options;
  const config = command.loadConfig({ needsSources: true });
  refuseUnsupportedFilters(
    filters,
    config.sources.filter(({ sourceId }) => options.source === null || sourceId === options.source),
  );
  return withServiceContext(command, { config, sourceId: options.source, service: 'backfill' }, async (context) => {
    if (!options.detach) {
      const result = await runToEnd(
        context,
        { kind: 'backfill', range, filters, plan: (planner, runId) => planner.planBackfill(runId, range, filters) },
        command.signal,
      );
      return answer(command, result, options.json);
    }
    const sourceIds = context.sources.map((source) => source.config.sourceId);
    const runId = await startRun(context.database.kysely, { kind: 'backfill', sourceIds, range, filters });
    for (const source of context.sources) await makeSourcePlanner(context, source).planBackfill(runId, range, filters);
    command.print(
      options.json
        ? JSON.stringify({ run_id: runId, sources: sourceIds, detached: true })
        : `Run ${runId} is enqueued for the running fleet. Watch it: voxport status`,
    );
    return 0;
  });
}
