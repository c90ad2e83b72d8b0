import type { Config, Logger } from '@voxport/runtime';
import type { StatusLine } from './terminal/status-line.ts';

/** What every command is given: the process's edges as plain functions, so that a test can stand in for a terminal. */
export interface CommandContext {
  /** Reads the configuration; throws a `ConfigError`. */
  readonly loadConfig: (options: { needsSources: boolean }) => Config;
  readonly makeLogger: (config: Config) => Logger;
  /** Writes to stdout: the command's answer and nothing else. */
  readonly print: (text: string) => void;
  /** Writes to stderr: what a person may want to know besides. */
  readonly note: (text: string) => void;
  /** Asks a person and resolves with the answer; left out where there is no terminal. */
  readonly ask?: (question: string) => Promise<string>;
  /** The last line of the terminal on stderr, for a progress that is drawn over; left out where there is none. */
  readonly terminal?: StatusLine;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
}

/** How a command ended: 0 done, 1 finished with failures, 2 wrong usage or configuration. */
export type ExitCode = 0 | 1 | 2 | 130;
