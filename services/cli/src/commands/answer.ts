import type { CommandContext, ExitCode } from '../command-context.ts';
import type { RunResult } from '../export/run-to-end.ts';
import { hasFailures, runJson, runText } from '../report/run-report.ts';

/** Prints what a run did, and tells its exit code. */
export function answer({ print }: Pick<CommandContext, 'print'>, result: RunResult, json: boolean): ExitCode {
  print(json ? runJson(result) : runText(result));
  if (result.refused.length > 0) return 2;
  // What was taken over is done by another sync: nothing is lost, and nothing is to be done.
  return hasFailures(result) || (result.state === 'cancelled' && !result.isTakenOver) ? 1 : 0;
}
