import type { Dialect, ListFilters } from '@voxport/domain';
import type { Secret } from './secret.ts';

/** Everything that a process is told from outside, read once and validated. */
export interface Config {
  /** `postgres://…`; null for the embedded server under `dataDir`. */
  readonly databaseUrl: string | null;
  /** Where the embedded Postgres keeps its data; absolute. */
  readonly dataDir: string;
  /** `redis://`, `rediss://` or `postgres://`; null when the queue runs in the warehouse's own database. */
  readonly queueUrl: string | null;
  readonly logLevel: LogLevel;
  readonly sources: readonly SourceConfig[];
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** How often a source is synced by a running fleet. */
export type Schedule = { readonly everySecs: number } | { readonly cron: string; readonly timezone: string | null };

/** One account or proxy to export from. */
export interface SourceConfig {
  readonly sourceId: string;
  readonly dialect: Dialect;
  readonly baseUrl: string;
  readonly apiKey: Secret;
  readonly filters: ListFilters;
  readonly schedule: Schedule;
  /** How far behind the watermark a sync lists again. */
  readonly lookbackSecs: number;
  /** First call start of the first sync; null for everything that the API has. */
  readonly since: Date | null;
  readonly requestsInFlight: { readonly start: number; readonly max: number };
}
