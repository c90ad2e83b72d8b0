import type { CommandContext, ExitCode } from '../command-context.ts';
import { runToEnd, type RunResult } from '../export/run-to-end.ts';
import { withServiceContext } from '../export/with-service-context.ts';
import { hasFailures, runJson, runText } from '../report/run-report.ts';

/** `voxport sync`: one incremental export, to its end. */
export async function sync(
  command: CommandContext,
  options: { source: string | null; json: boolean },
): Promise<ExitCode> {
  const config = command.loadConfig({ needsSources: true });
  const result = await withServiceContext(command, { config, sourceId: options.source, service: 'sync' }, (context) =>
    runToEnd(
      context,
      { kind: 'sync', range: null, filters: {}, plan: (planner, runId) => planner.planSync(runId) },
      command.signal,
    ),
  );
  return answer(command, result, options.json);
}

/** Prints what a run did, and tells its exit code. */
export function answer({ print }: Pick<CommandContext, 'print'>, result: RunResult, json: boolean): ExitCode {
  print(json ? runJson(result) : runText(result));
  if (result.refused.length > 0) return 2;
  return hasFailures(result) ? 1 : 0;
}
