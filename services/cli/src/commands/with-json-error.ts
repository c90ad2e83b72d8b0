import type { RunCounts } from '@voxport/warehouse';
import type { CommandContext } from '../command-context.ts';
import { describeProblem } from '../describe-problem.ts';
import { addCounts } from '../export/add-counts.ts';
import type { SourceRun } from '../export/run-to-end.ts';
import { countsJson } from '../report/run-report.ts';

/** What the runs of a command had done when it was stopped. */
export interface Stopped {
  readonly runs: readonly SourceRun[];
  readonly counts: RunCounts;
}

/**
 * Runs a command that answers with one JSON object: where it ends in an error, this is printed as such an object too,
 * with what was done so far, and then thrown for the exit code and the sentence on stderr. Without `json` only the
 * error is thrown.
 */
export async function withJsonError<Result>(
  command: Pick<CommandContext, 'print' | 'signal'>,
  options: { readonly json: boolean },
  run: (onStopped: (stopped: Stopped) => void) => Promise<Result>,
): Promise<Result> {
  let stopped: Stopped = { runs: [], counts: addCounts([]) };
  try {
    return await run((told) => {
      stopped = told;
    });
  } catch (error) {
    if (options.json) {
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
      const errorClass = command.signal.aborted ? 'interrupted' : code;
      const { message } = describeProblem(error, command.signal);
      command.print(
        JSON.stringify({
          // `code` is the same under its name before 0.2; it goes with the next release.
          error: { error_class: errorClass, code: errorClass, message },
          run_id: stopped.runs[0]?.runId ?? null,
          run_ids: stopped.runs.map(({ runId }) => runId),
          state: 'interrupted',
          sources: stopped.runs.map(({ sourceId }) => sourceId),
          ...countsJson(stopped.counts),
        }),
      );
    }
    throw error;
  }
}
