import type { ListFilters, TimeRange } from '@voxport/domain';
import { makeSourcePlanner } from '@voxport/scheduler';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { backfillRequest, beginBackfill } from '../export/run-requests.ts';
import { runToEnd } from '../export/run-to-end.ts';
import { workedOnBy } from '../export/worked-on.ts';
import { polledSources } from '../export/polled-sources.ts';
import { withServiceContext } from '../export/with-service-context.ts';
import { answer } from './answer.ts';
import { dryRun } from './dry-run.ts';
import { refuseUnsupportedFilters } from './filter-options.ts';
import { withJsonError } from './with-json-error.ts';
import { watching } from './watch-run.ts';

export interface BackfillOptions {
  readonly range: TimeRange;
  readonly filters: ListFilters;
  readonly source: string | null;
  readonly detach: boolean;
  /** Only lists, and says what it would do. */
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** `voxport backfill`: exports a range of call starts to its end; detached, it is only planned, for a running fleet. */
export async function backfill(command: CommandContext, options: BackfillOptions): Promise<ExitCode> {
  const { range, filters } = options;
  const config = await command.loadConfig({ needsSources: true });
  refuseUnsupportedFilters(
    filters,
    config.sources.filter(({ sourceId }) => options.source === null || sourceId === options.source),
  );
  return withServiceContext(command, { config, sourceId: options.source, service: 'backfill' }, async (opened) => {
    const context = { ...opened, sources: polledSources(opened.sources, 'be backfilled', command.note) };
    if (options.dryRun) return dryRun(command, context, options);
    if (!options.detach) {
      const result = await withJsonError(command, options, (onStopped) =>
        runToEnd(
          context,
          { ...backfillRequest(command, { range, filters }), watch: watching(command, options), onStopped },
          command.signal,
        ),
      );
      return answer(command, result, options.json);
    }
    const sourceIds = context.sources.map((source) => source.config.sourceId);
    const runs = await beginBackfill(command, context, { range, filters });
    for (const source of context.sources) {
      const own = runs.find(({ sourceId }) => sourceId === source.config.sourceId);
      if (own !== undefined) await makeSourcePlanner(context, source).enqueueRun(own.runId);
    }
    const runIds = runs.map(({ runId }) => runId);
    command.print(
      options.json
        ? JSON.stringify({ run_id: runIds[0], run_ids: runIds, sources: sourceIds, detached: true })
        : runIds.map((id) => `Run ${id} is enqueued. Watch it: voxport runs show ${id} --watch`).join('\n'),
    );
    const [first] = runIds;
    if (first !== undefined && (await workedOnBy(context.database, first, command.signal)) === null) {
      command.note(
        `No fleet runs that would work on it. Start one: voxport up. Or do it here: voxport runs resume ${first}`,
      );
    }
    return 0;
  });
}
