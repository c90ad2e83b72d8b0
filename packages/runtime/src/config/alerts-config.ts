import {
  type ProxySettings,
  isTimezone,
  parseWallMinute,
  severities,
  type QuietHours,
  type Severity,
} from '@voxport/domain';
import { z } from 'zod';
import { parseDurationSecs } from './duration.ts';
import { optionalSettingOrFile, type Environment } from './environment.ts';
import { secret, type Secret } from './secret.ts';

/** Where alerts are sent. The URL is a secret: who knows it can write there. */
export interface AlertReceiver {
  readonly name: string;
  /** `slack`: what Slack, Mattermost and Discord (`…/slack`) take; `generic`: JSON of our own. */
  readonly kind: 'slack' | 'generic';
  readonly url: Secret;
  readonly proxy?: ProxySettings | null;
  readonly minSeverity: Severity;
  readonly quietHours: QuietHours | null;
}

/** What a running fleet tells of itself, when, and to whom. */
export interface AlertsConfig {
  readonly receivers: readonly AlertReceiver[];
  readonly evaluateEverySecs: number;
  /** An alert that stays open is told again after so long. */
  readonly remindAfterSecs: number;
  /** Jobs that wait for so long while none is consumed are stuck. */
  readonly stuckAfterSecs: number;
  /** Open dead letters of one class from which on the alert is critical. */
  readonly deadLettersCritical: number;
  /** Calls that end without any webhook for so long make a webhook count as silent. */
  readonly webhookSilentAfterSecs: number;
  /** What the database may grow to; null: only the free space counts, where it can be read. */
  readonly databaseBytesMax: number | null;
  /** The dead man's switch; null for none. */
  readonly heartbeat: {
    readonly url: Secret;
    readonly everySecs: number;
    readonly proxy?: ProxySettings | null;
  } | null;
}

const receiver = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be a lower-case name of letters, digits, - and _'),
  kind: z.enum(['slack', 'generic']).default('slack'),
  url_env: z.string().optional(),
  url_file: z.string().optional(),
  min_severity: z.enum(severities).default('info'),
  quiet_hours: z.strictObject({ from: z.string(), to: z.string(), timezone: z.string() }).optional(),
});

/** `alerts` in the file of `VOXPORT_CONFIG`. */
export const alertsEntry = z.strictObject({
  receivers: z.array(receiver).max(20).default([]),
  heartbeat: z
    .strictObject({ url_env: z.string().optional(), url_file: z.string().optional(), every: z.string().default('1m') })
    .optional(),
  evaluate_every: z.string().default('30s'),
  remind_after: z.string().default('4h'),
  stuck_after: z.string().default('10m'),
  webhook_silent_after: z.string().default('1h'),
  dead_letters_critical: z.int().min(1).default(100),
  database_limit_gb: z.number().positive().optional(),
});

export type AlertsEntry = z.output<typeof alertsEntry>;

/** What holds where nothing is configured: conditions are looked at and shown, and nobody is told. */
export function defaultAlerts(): AlertsConfig {
  return alertsConfig(alertsEntry.parse({}), { value: () => null, file: () => null, isEmptyFile: () => false }, []);
}

/**
 * Puts the alerts' settings together: the file's, and the one receiver and the heartbeat that the environment may name
 * (`VOXPORT_ALERT_WEBHOOK_URL`, `VOXPORT_ALERT_WEBHOOK_KIND`, `VOXPORT_HEARTBEAT_URL`). What is wrong is added to
 * `problems`.
 */
export function alertsConfig(entry: AlertsEntry, environment: Environment, problems: string[]): AlertsConfig {
  const problem = (text: string): void => void problems.push(`VOXPORT_CONFIG: alerts: ${text}`);
  const seconds = (text: string, name: string, least: number): number => {
    const secs = parseDurationSecs(text);
    if (secs === null) problem(`${name} "${text}" is not a duration such as 90s, 5m, 1h or 2d`);
    else if (secs < least) problem(`${name} "${text}" is below ${least} s`);
    return secs ?? least;
  };
  const receivers: AlertReceiver[] = entry.receivers.map((one) => ({
    name: one.name,
    kind: one.kind,
    url: urlOf(one, `receiver "${one.name}"`, environment, problem),
    minSeverity: one.min_severity,
    quietHours: quietHours(one, problem),
  }));
  const simple = simpleReceiver(environment, problems);
  if (simple !== null) receivers.push(simple);
  const names = receivers.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    problem(
      repeated === simple?.name
        ? `a receiver is named "${repeated}", which is the name of the one that VOXPORT_ALERT_WEBHOOK_URL sets`
        : `two receivers are named "${repeated}"`,
    );
  }
  return {
    receivers,
    evaluateEverySecs: seconds(entry.evaluate_every, 'evaluate_every', 1),
    remindAfterSecs: seconds(entry.remind_after, 'remind_after', 60),
    stuckAfterSecs: seconds(entry.stuck_after, 'stuck_after', 60),
    deadLettersCritical: entry.dead_letters_critical,
    webhookSilentAfterSecs: seconds(entry.webhook_silent_after, 'webhook_silent_after', 60),
    databaseBytesMax: entry.database_limit_gb === undefined ? null : Math.round(entry.database_limit_gb * 1024 ** 3),
    heartbeat: heartbeat(entry, environment, problems, problem, seconds),
  };
}

function simpleReceiver(environment: Environment, problems: string[]): AlertReceiver | null {
  const url = optionalSettingOrFile(environment, 'VOXPORT_ALERT_WEBHOOK_URL', problems);
  if (url === null) return null;
  if (!isHttp(url)) problems.push('VOXPORT_ALERT_WEBHOOK_URL is not an http:// or https:// URL');
  const kind = environment.value('VOXPORT_ALERT_WEBHOOK_KIND') ?? 'slack';
  if (kind !== 'slack' && kind !== 'generic') {
    problems.push(`VOXPORT_ALERT_WEBHOOK_KIND "${kind}" is none of slack, generic`);
  }
  return {
    name: 'default',
    kind: kind === 'generic' ? 'generic' : 'slack',
    url: secret(url),
    minSeverity: 'info',
    quietHours: null,
  };
}

function heartbeat(
  { heartbeat: entry }: AlertsEntry,
  environment: Environment,
  problems: string[],
  problem: (text: string) => void,
  seconds: (text: string, name: string, least: number) => number,
): AlertsConfig['heartbeat'] {
  const url = optionalSettingOrFile(environment, 'VOXPORT_HEARTBEAT_URL', problems);
  if (url !== null && !isHttp(url)) problems.push('VOXPORT_HEARTBEAT_URL is not an http:// or https:// URL');
  if (entry === undefined) return url === null ? null : { url: secret(url), everySecs: 60 };
  if (url !== null) problem('heartbeat: VOXPORT_HEARTBEAT_URL is set too: keep one of them');
  return {
    url: urlOf(entry, 'heartbeat', environment, problem),
    everySecs: seconds(entry.every, 'heartbeat.every', 1),
  };
}

function urlOf(
  entry: { readonly url_env?: string | undefined; readonly url_file?: string | undefined },
  where: string,
  environment: Environment,
  problem: (text: string) => void,
): Secret {
  const { url_env: variable, url_file: path } = entry;
  if ((variable === undefined) === (path === undefined)) {
    problem(`${where}: give url_env or url_file, one of them (a webhook URL is a secret and does not belong here)`);
    return secret('');
  }
  const url = variable === undefined ? environment.file(path ?? '') : environment.value(variable);
  if (url === null) {
    problem(
      variable === undefined
        ? `${where}: url_file "${path}" cannot be read or is empty`
        : `${where}: the environment variable ${variable}, named by url_env, is not set`,
    );
  } else if (!isHttp(url)) {
    // The value itself may be a secret in the wrong place: it is not told.
    problem(`${where}: what ${variable === undefined ? 'url_file' : variable} holds is not an http:// or https:// URL`);
  }
  return secret(url ?? '');
}

function quietHours(entry: z.output<typeof receiver>, problem: (text: string) => void): QuietHours | null {
  if (entry.quiet_hours === undefined) return null;
  const { from, to, timezone } = entry.quiet_hours;
  const where = `receiver "${entry.name}": quiet_hours`;
  const [fromMinute, toMinute] = [parseWallMinute(from), parseWallMinute(to)];
  if (fromMinute === null) problem(`${where}: from "${from}" is not a time of day such as 22:00`);
  if (toMinute === null) problem(`${where}: to "${to}" is not a time of day such as 07:00`);
  if (fromMinute !== null && fromMinute === toMinute) problem(`${where}: from and to are the same`);
  const isKnown = isTimezone(timezone);
  if (!isKnown) problem(`${where}: timezone "${timezone}" is not the name of one, such as Europe/Berlin`);
  return { fromMinute: fromMinute ?? 0, toMinute: toMinute ?? 0, timezone: isKnown ? timezone : 'UTC' };
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
