import { TerminalFailure, TransientFailure } from '@voxport/domain';
import { EmbeddedPostgresFailure } from '@voxport/embedded';
import { ConfigError } from '@voxport/runtime/config';
import { databaseProblem } from '@voxport/warehouse';
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
  const problem = databaseProblem(error) ?? diskProblem(error);
  if (problem !== null) return { message: problem, exitCode: 2 };
  return {
    message: `this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    exitCode: 1,
  };
}

/** A disk of this machine that is full, or takes no writes, whatever was being written. */
function diskProblem(error: unknown): string | null {
  if (error instanceof SuppressedError) return diskProblem(error.suppressed) ?? diskProblem(error.error);
  if (!(error instanceof Error) || !('code' in error)) return null;
  const place = 'path' in error && typeof error.path === 'string' ? ` at ${error.path}` : '';
  if (error.code === 'ENOSPC') return `the disk is full${place}. Make room on it; then run the command again. (ENOSPC)`;
  if (error.code === 'EDQUOT')
    return `the quota of this user's disk space is used up${place}. Make room; then run the command again. (EDQUOT)`;
  if (error.code === 'EROFS')
    return `the file system${place} is mounted read-only. Mount it for writing, or choose another directory. (EROFS)`;
  return null;
}
