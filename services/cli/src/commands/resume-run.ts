import { snakeJson } from '@voxport/domain';
import { makeSourcePlanner } from '@voxport/scheduler';
import { readRun, resumeRun } from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { resumedRequest } from '../export/run-requests.ts';
import { runToEnd } from '../export/run-to-end.ts';
import { withDatabase } from '../export/with-database.ts';
import { withServiceContext } from '../export/with-service-context.ts';
import { workedOnBy } from '../export/worked-on.ts';
import { UsageError } from '../usage-error.ts';
import { answer } from './answer.ts';
import { endedAlready, unknownRun } from './runs.ts';
import { watching } from './watch-run.ts';

/**
 * `voxport runs resume`: a paused or interrupted run continues at its saved cursors. Where a fleet or the command that
 * began it lives, that does the work; else this process does it, to its end.
 */
export async function resumeRunCommand(
  command: CommandContext,
  { runId, detach, json }: { runId: number; detach: boolean; json: boolean },
): Promise<ExitCode> {
  const config = await command.loadConfig({ needsSources: true });
  const run = await withDatabase(command, { service: 'runs', schemas: 'required', config }, ({ database }) =>
    readRun(database.kysely, runId),
  );
  if (run === null) return unknownRun(command, runId);
  if (run.finishedAt !== null) {
    command.note(endedAlready(run));
    return 1;
  }
  const sources = config.sources.filter(({ sourceId }) => run.sourceId === sourceId);
  if (sources.length === 0) {
    throw new UsageError(
      `Run ${runId} is of source ${run.sourceId}, which is not configured here. Configure it, or end the run: voxport runs cancel ${runId}`,
    );
  }
  return withServiceContext<ExitCode>(
    command,
    { config: { ...config, sources }, sourceId: null, service: 'runs' },
    async (context) => {
      const { database } = context;
      const controlled = await resumeRun(database.kysely, runId);
      const who = await workedOnBy(database, runId, command.signal);
      if (who === null && !detach) {
        const request = resumedRequest(run);
        return answer(
          command,
          await runToEnd(context, { ...request, watch: watching(command, { json }) }, command.signal),
          json,
        );
      }
      for (const source of context.sources) await makeSourcePlanner(context, source).enqueueRun(runId);
      const changed = controlled.kind === 'controlled';
      if (json) command.print(snakeJson({ runId, state: 'running', changed, workedOnBy: who }));
      else command.print(resumedText(runId, changed, who));
      return 0;
    },
  );
}

function resumedText(runId: number, changed: boolean, who: 'fleet' | 'command' | null): string {
  const by = {
    fleet: 'in the running fleet',
    command: 'in the process that began it',
    none: 'as soon as a fleet runs',
  }[who ?? 'none'];
  return `Run ${runId} ${changed ? 'continues' : 'was not paused; it continues'} ${by}. Watch it: voxport runs show ${runId} --watch`;
}
