import { describeFailure, TerminalFailure, TransientFailure } from '@voxport/domain';
import { EmbeddedPostgresFailure } from '@voxport/embedded';
import { ConfigError } from '@voxport/runtime';
import { isRetryableDatabaseError } from '@voxport/warehouse';
import type { ExitCode } from './command-context.ts';
import { UsageError } from './usage-error.ts';

/** What a person is told when a command cannot continue: a sentence for what is known, the stack for a bug. */
export function describeProblem(error: unknown, signal: AbortSignal): { message: string; exitCode: ExitCode } {
  if (signal.aborted)
    return { message: 'interrupted; run the command again and it continues where it stopped.', exitCode: 130 };
  if (
    error instanceof ConfigError ||
    error instanceof UsageError ||
    error instanceof TerminalFailure ||
    error instanceof TransientFailure ||
    error instanceof EmbeddedPostgresFailure
  ) {
    return { message: error.message, exitCode: 2 };
  }
  if (isRetryableDatabaseError(error)) {
    const { message } = describeFailure(error);
    return { message: `the database went away (${message}); run the command again and it continues.`, exitCode: 2 };
  }
  return {
    message: `this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    exitCode: 1,
  };
}
