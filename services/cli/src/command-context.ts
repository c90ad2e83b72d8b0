import type { Config, Logger } from '@voxport/runtime';
import type { StatusLine } from './terminal/status-line.ts';

/** What every command is given: the process's edges as plain functions, so that a test can stand in for a terminal. */
export interface CommandContext {
  /** Reads the configuration; throws a `ConfigError`. */
  readonly loadConfig: (options: { needsSources: boolean }) => Promise<Config>;
  readonly makeLogger: (config: Config) => Promise<Logger>;
  /** Writes to stdout: the command's answer and nothing else. Advice in it names the command as it was invoked. */
  readonly print: (text: string) => void;
  /** The same for what must stay as it is: data, and what a program reads. */
  readonly printExact: (text: string) => void;
  /** How many characters fit into a line of stdout. */
  readonly columns: number;
  /** Writes to stderr: what a person may want to know besides. */
  readonly note: (text: string) => void;
  /** Asks a person and resolves with the answer; left out where there is no terminal. */
  readonly ask?: (question: string) => Promise<string>;
  /** The last line of the terminal on stderr, for a progress that is drawn over; left out where there is none. */
  readonly terminal?: StatusLine;
  /**
   * Whether the command is about the demo's tables: the embedded Postgres, and no queue or source of the configuration.
   */
  readonly isDemo?: boolean;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
}

/** How a command ended: 0 done, 1 finished with failures, 2 wrong usage or configuration. */
export type ExitCode = 0 | 1 | 2 | 130;
