import type { Option } from 'commander';
import type { CommandContext, ExitCode } from '../command-context.ts';

/**
 * What the program gives to each command that is added to it: where it runs, and the options that several have in
 * common.
 */
export interface CommandParts {
  readonly context: CommandContext;
  readonly run: (command: Promise<ExitCode>) => Promise<void>;
  readonly source: Option;
  readonly json: Option;
  readonly demo: Option;
}
