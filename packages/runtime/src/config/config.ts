import type { CheckPolicy, Dialect, EntityName, ListFilters, ProxySettings, StoreSettings } from '@voxport/domain';
import type { AlertsConfig } from './alerts-config.ts';
import type { RedactSettings } from './redact-config.ts';
import type { Secret } from './secret.ts';

/** Everything that a process is told from outside, read once and validated. */
export interface Config {
  /** `postgres://…`; null for the embedded server under `dataDir`. */
  readonly databaseUrl: string | null;
  /**
   * The URLs as their files say now, for whoever connects again: a password may be rotated there. Null or left out:
   * they stand in no file.
   */
  readonly readDatabaseUrl?: (() => string | null) | null;
  readonly readQueueUrl?: (() => string | null) | null;
  /** The logins of an own database beside that of the services. */
  readonly databaseLogins: DatabaseLogins;
  /** Where the embedded Postgres keeps its data; absolute. */
  readonly dataDir: string;
  /** `redis://`, `rediss://` or `postgres://`; null when the queue runs in the warehouse's own database. */
  readonly queueUrl: string | null;
  /** The setting that `queueUrl` stands in, for messages; QUEUE_URL where it is left out. */
  readonly queueSettingName?: string;
  /**
   * The same database past a pooler, or by one in session mode: for migrations, and for the queue where it is in this
   * database.
   */
  readonly databaseDirectUrl?: string | null;
  /** By which proxies requests leave; null or left out: none. It stands again with everything that sends any. */
  readonly proxy?: ProxySettings | null;
  readonly logLevel: LogLevel;
  /** Where the process answers health checks and scrapes; null for nowhere. */
  readonly health: { readonly host: string; readonly port: number } | null;
  /** Where traces are sent; null: none are made. */
  readonly traces: TracesConfig | null;
  readonly http: HttpConfig;
  readonly sources: readonly SourceConfig[];
  readonly alerts: AlertsConfig;
}

/** URLs of the warehouse with other rights than the services'; each null where it is not configured. */
export interface DatabaseLogins {
  /** A superuser's, with which `migrate` makes the other logins; only where the server is one's own. */
  readonly adminUrl: string | null;
  /** The owner's, with which `migrate` works. */
  readonly ownerUrl: string | null;
  /** The gateway's: for `migrate`, which makes the login. The gateway itself has it as its `DATABASE_URL`. */
  readonly gatewayUrl: string | null;
  /** A reader's, for `voxport query`. */
  readonly readerUrl: string | null;
}

/** Where the gateway answers: the operators' page, and webhooks. */
export interface HttpConfig {
  readonly host: string;
  /** 0: any free port. Null: no gateway in `voxport up`. */
  readonly port: number | null;
  /** Whether the port was asked for: one that is taken is then an error, and not replaced by a free one. */
  readonly isPortGiven: boolean;
  /**
   * The address that operators and webhooks use, where it is not the one listened on (a proxy, a tunnel); without a
   * path.
   */
  readonly publicUrl: string | null;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed; none: nobody's is. */
  readonly trustedProxies: readonly string[];
  /** Where large bodies of webhooks wait while they come in; null for the directory of temporary files. */
  readonly spoolDirectory: string | null;
  /** Lets operators in; null for one that the gateway makes up and prints. */
  readonly operatorToken: Secret | null;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** An OTLP/HTTP receiver of traces. */
export interface TracesConfig {
  /** Base URL; spans go to `<endpoint>/v1/traces`. */
  readonly endpoint: string;
  /** Headers of each request, which may hold a token. */
  readonly headers: Readonly<Record<string, Secret>>;
  readonly proxy?: ProxySettings | null;
  /** Share of the traces that are kept, 0 to 1: decided once a trace. */
  readonly sampleRatio: number;
}

/** How often a source is synced by a running fleet. */
export type Schedule = { readonly everySecs: number } | { readonly cron: string; readonly timezone: string | null };

/** Where recordings are stored, and how large one may be. */
export interface AudioConfig {
  readonly store: StoreSettings<Secret>;
  readonly recordingBytesMax: number;
  readonly proxy?: ProxySettings | null;
}

/** What of a workspace is synced beside its conversations, and how often. */
export interface EntitiesConfig {
  readonly names: readonly EntityName[];
  readonly everySecs: number;
  /** Branches are asked for agent by agent: less often. */
  readonly branchesEverySecs: number;
}

/** One account or proxy to export from. */
export interface SourceConfig {
  readonly sourceId: string;
  readonly dialect: Dialect;
  /** `webhook`: its API keeps nothing and is never asked; all that is known of its calls is what webhooks bring. */
  readonly mode: 'poll' | 'webhook';
  readonly baseUrl: string;
  readonly apiKey: Secret;
  readonly proxy?: ProxySettings | null;
  /** Authorities (PEM) that its certificate may be signed by, besides Node's; null or left out: none. */
  readonly extraCa?: string | null;
  readonly filters: ListFilters;
  readonly schedule: Schedule;
  /** How far behind the watermark a sync lists again. */
  readonly lookbackSecs: number;
  /** First call start of the first sync; null for everything that the API has. */
  readonly since: Date | null;
  readonly requestsInFlight: { readonly start: number; readonly max: number };
  /** When conversations are looked at again. */
  readonly checkPolicy: CheckPolicy;
  /** True: what the source deletes or empties is deleted here too. False: it is kept, and marked. */
  readonly mirrorDeletions: boolean;
  /**
   * Which versions of a conversation's payload are kept: what its rows come from, each that differs, or those of a call
   * that was not over too.
   */
  readonly rawHistory: 'newest' | 'changed' | 'all';
  /** When the detail of a conversation is asked for whose list row carries its transcript. */
  readonly detail: 'auto' | 'always' | 'never';
  /** For how long the pipeline's own history is kept. */
  readonly keep: HistoryAges;
  /** The longest that a `Retry-After` of the source may delay what was asked. */
  readonly retryAfterMaxSecs: number;
  /** Null: recordings are not stored. */
  readonly audio: AudioConfig | null;
  /** What conversations name by id; null or left out: nothing of it. */
  readonly entities?: EntitiesConfig | null;
  /** Whether a list that brings fewer rows than its `total_count` says counts as incomplete. */
  readonly checkTotalCount: boolean;
  /** Whether a detail with fewer turns than the `message_count` of its list row counts as incomplete. */
  readonly checkMessageCount: boolean;
  /** What a running fleet lists again to prove that nothing is missing; null for never. */
  readonly verify: VerifySchedule | null;
  /** How far behind its calls the source's tables may be before it is an alert; null for never. */
  readonly freshnessSecs: number | null;
  /** What is dropped, masked or hashed before anything is stored. */
  readonly redact: RedactSettings;
  /**
   * The secrets that sign its post-call webhooks; several while one takes over from another. Empty: its webhooks are
   * refused.
   */
  readonly webhookSecrets: readonly Secret[];
}

/** For how long what the pipeline notes of its own work is kept once it has ended, in seconds. */
interface HistoryAges {
  readonly runsSecs: number;
  readonly verificationsSecs: number;
  readonly webhookEventsSecs: number;
  readonly failuresSecs: number;
  /** Payloads that a newer one has superseded; null for ever. */
  readonly rawHistorySecs: number | null;
}

/** How a running fleet verifies a source by itself. */
export interface VerifySchedule {
  readonly everySecs: number;
  /** The last days are verified every time. */
  readonly recentSecs: number;
  /** Days of the past that are verified in a day, the ones verified longest ago first. */
  readonly sampleDays: number;
  /** List requests that verification may spend in a day; what does not fit waits for the next. */
  readonly requestsPerDayMax: number;
}
