import type { AlertsConfig, SourceConfig } from '@voxport/runtime';
import { runCommand, type CommandResult } from './run-command.ts';

/**
 * Makes the function that runs `voxport …` in this process, on a database, a queue store and sources of the test's own.
 */
export function makeRunCommand(config: {
  databaseUrl: string;
  queueUrl: string | null;
  sources: readonly SourceConfig[];
  alerts?: AlertsConfig;
}): (...args: readonly string[]) => Promise<CommandResult> {
  return (...args) => runCommand(config, args);
}

/** The one JSON object of a command that was asked for it. */
export function jsonOf({ stdout }: CommandResult): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}
