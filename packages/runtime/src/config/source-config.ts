import type { Dialect, ListFilters } from '@voxport/domain';
import { audioConfig } from './audio-config.ts';
import type { Schedule, SourceConfig } from './config.ts';
import { parseDurationSecs } from './duration.ts';
import { entitiesConfig } from './entities-config.ts';
import { isQuoted, quotedValue, type Environment } from './environment.ts';
import { redactSettings } from './redact-config.ts';
import { secret } from './secret.ts';
import { webhookSecrets } from './webhook-secrets.ts';
import { sourceEntry, type SourceEntry } from './sources-file.ts';

/** Validates list filters for a dialect; throws an error that names the filter. */
export type ParseFilters = (dialect: Dialect, filters: unknown) => ListFilters;

const defaultBaseUrls: Readonly<Partial<Record<Dialect, string>>> = { elevenlabs: 'https://api.elevenlabs.io' };

/**
 * Requests in flight to begin with, and at most. No per-minute figure is published; the plans publish requests in
 * flight, from 2 to 15: start small and adapt.
 */
const requestsInFlightDefaults = { start: 4, max: 30 };

/** Turns an entry of the file into a source. What is wrong is added to `problems`; the result is then not used. */
export function sourceConfig(
  entry: SourceEntry,
  environment: Environment,
  parseFilters: ParseFilters,
  problems: string[],
): SourceConfig {
  const where = `VOXPORT_CONFIG: source "${entry.name}"`;
  const problem = (text: string): void => void problems.push(`${where}: ${text}`);
  const isPolled = entry.mode === 'poll';
  if (!isPolled) checkWebhookMode(entry, problem);
  return {
    sourceId: entry.name,
    dialect: entry.dialect,
    mode: entry.mode,
    baseUrl: baseUrl(entry, problem),
    apiKey: secret(isPolled ? apiKey(entry, environment, problem) : ''),
    extraCa: extraCa(entry.ca_file, environment, problem),
    filters: filters(entry, parseFilters, problem),
    schedule: parseSchedule(entry.schedule, problem),
    lookbackSecs: duration(entry.lookback, 'lookback', problem),
    since: since(entry.since, problem),
    requestsInFlight: requestsInFlight(entry.concurrency, problem),
    checkPolicy: isPolled
      ? {
          refreshSecs: entry.refresh.map((text, index) => age(text, `refresh[${index}]`, problem)),
          retentionSecs: age(entry.retention, 'retention', problem),
        }
      : { refreshSecs: [], retentionSecs: 0 },
    keep: {
      runsSecs: keepAge(entry.keep.runs, 'keep.runs', problem),
      verificationsSecs: keepAge(entry.keep.verifications, 'keep.verifications', problem),
      webhookEventsSecs: keepAge(entry.keep.webhook_events, 'keep.webhook_events', problem),
      failuresSecs: keepAge(entry.keep.failures, 'keep.failures', problem),
      rawHistorySecs:
        entry.keep.raw_history === undefined ? null : keepAge(entry.keep.raw_history, 'keep.raw_history', problem),
    },
    mirrorDeletions: entry.mirror_deletions,
    rawHistory: entry.raw_history,
    detail: detail(entry, problem),
    retryAfterMaxSecs: age(entry.retry_after_max, 'retry_after_max', problem),
    audio: audioConfig(entry.audio, environment, problem),
    entities: entitiesConfig(entry, problem),
    checkTotalCount: entry.check_total_count,
    checkMessageCount: entry.check_message_count,
    verify: isPolled ? verifySchedule(entry.verify, problem) : null,
    freshnessSecs: isPolled ? freshness(entry, problem) : null,
    redact: redactSettings(entry.redact, environment, problem),
    webhookSecrets: webhookSecrets(entry, environment, problem),
  };
}

type Problem = (text: string) => void;

/** What needs the API, in a source whose API is never asked. */
const ofPolling = ['api_key_env', 'api_key_file', 'filters', 'since', 'freshness'] as const;

function checkWebhookMode(entry: SourceEntry, problem: Problem): void {
  if (entry.webhook_secret_env === undefined && entry.webhook_secret_file === undefined)
    problem(
      'mode: webhook needs webhook_secret_env or webhook_secret_file: webhooks are all that is known of this source',
    );
  const given = ofPolling.filter((setting) => entry[setting] !== undefined);
  if (given.length > 0)
    problem(
      `mode: webhook never asks the API, so ${given.join(', ')} would do nothing: leave it out, or use mode: poll`,
    );
  if (entry.mirror_deletions)
    problem('mode: webhook cannot mirror deletions: no webhook tells of one. Leave mirror_deletions out');
}

function detail({ dialect, detail: mode }: SourceEntry, problem: Problem): SourceConfig['detail'] {
  if (mode === 'never' && dialect !== 'voiceable')
    problem(`detail: never is for the dialect voiceable; the lists of ${dialect} carry no transcripts`);
  return mode;
}

function baseUrl(entry: SourceEntry, problem: Problem): string {
  const url =
    entry.base_url ?? defaultBaseUrls[entry.dialect] ?? (entry.mode === 'webhook' ? 'https://localhost' : undefined);
  if (url === undefined) {
    problem(`base_url is missing: dialect ${entry.dialect} has no public default`);
    return '';
  }
  if (!isHttpUrl(url)) problem(`base_url "${url}" is not an http:// or https:// URL`);
  else if (!entry.allow_http && isUnencrypted(url)) {
    problem(
      `base_url "${url}" would send the key and receive the transcripts unencrypted: use https://, or say that it is meant by allow_http: true`,
    );
  }
  return url;
}

/** Whether what is sent to a URL can be read on its way: http:// to another machine. */
export function isUnencrypted(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const isLoopback =
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/u.test(hostname);
  return protocol === 'http:' && !isLoopback;
}

/** Whether a text is a usable base URL of an API. */
export function isHttpUrl(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}

function apiKey(entry: SourceEntry, environment: Environment, problem: Problem): string {
  if (entry.api_key_env !== undefined && entry.api_key_file !== undefined) {
    problem('give api_key_env or api_key_file, not both');
    return '';
  }
  if (entry.api_key_env !== undefined) {
    const key = environment.value(entry.api_key_env);
    if (key === null) problem(`the environment variable ${entry.api_key_env}, named by api_key_env, is not set`);
    if (isQuoted(key)) problem(`${entry.api_key_env}: ${quotedValue}`);
    return key ?? '';
  }
  if (entry.api_key_file !== undefined) {
    const key = environment.file(entry.api_key_file);
    if (key === null) problem(`api_key_file "${entry.api_key_file}" cannot be read or is empty`);
    if (isQuoted(key)) problem(`api_key_file "${entry.api_key_file}": ${quotedValue}`);
    return key ?? '';
  }
  problem(
    'api_key_env or api_key_file is missing: it names where the key is (the key itself does not belong in this file)',
  );
  return '';
}

function filters(entry: SourceEntry, parseFilters: ParseFilters, problem: Problem): ListFilters {
  try {
    return parseFilters(entry.dialect, entry.filters ?? {});
  } catch (error) {
    problem(error instanceof Error ? error.message : String(error));
    return {};
  }
}

function parseSchedule(schedule: SourceEntry['schedule'], problem: Problem): Schedule {
  if (typeof schedule !== 'string') return { cron: schedule.cron, timezone: schedule.timezone ?? null };
  const everySecs = parseDurationSecs(schedule);
  if (everySecs !== null && everySecs >= 1) return { everySecs };
  if (schedule.trim().split(/\s+/).length >= 5) return { cron: schedule, timezone: null };
  problem(`schedule "${schedule}" is neither a duration such as 5m nor a cron pattern such as "*/5 * * * *"`);
  return { everySecs: 300 };
}

function duration(text: string, name: string, problem: Problem): number {
  const secs = parseDurationSecs(text);
  if (secs === null) problem(`${name} "${text}" is not a duration such as 90s, 5m, 1h or 2d`);
  return secs ?? 0;
}

function age(text: string, name: string, problem: Problem): number {
  const secs = duration(text, name, problem);
  if (secs === 0 && parseDurationSecs(text) === 0) problem(`${name} "${text}" must be longer than nothing`);
  return secs;
}

/**
 * A day at least: a webhook's redelivery is told by its event, and the median of the last runs is what a slow one is
 * compared with.
 */
function keepAge(text: string, name: string, problem: Problem): number {
  const secs = age(text, name, problem);
  if (secs > 0 && secs < 86_400) problem(`${name} "${text}" is below a day`);
  return secs;
}

function since(value: SourceEntry['since'], problem: Problem): Date | null {
  if (value === undefined) return null;
  const date = value instanceof Date ? value : new Date(value);
  if (Number.isNaN(date.getTime()))
    problem(`since "${String(value)}" is not a date such as 2026-01-31 or 2026-01-31T08:00:00Z`);
  return date;
}

function verifySchedule(verify: SourceEntry['verify'], problem: Problem): SourceConfig['verify'] {
  if (verify === 'off') return null;
  const everySecs = age(verify.every, 'verify.every', problem);
  if (everySecs < 60) problem(`verify.every "${verify.every}" is below a minute`);
  return {
    everySecs,
    recentSecs: age(verify.recent, 'verify.recent', problem),
    sampleDays: verify.sample,
    requestsPerDayMax: verify.requests_per_day,
  };
}

/** A cron pattern may leave out nights and weekends: without a setting a day and two hours is what it may cost. */
const freshnessDefaults = { secs: 1800, schedules: 3, cronSecs: 26 * 3600 };

function freshness(entry: SourceEntry, problem: Problem): number | null {
  if (entry.freshness === 'off') return null;
  if (entry.freshness !== undefined) return age(entry.freshness, 'freshness', problem);
  const everySecs = typeof entry.schedule === 'string' ? parseDurationSecs(entry.schedule) : null;
  if (everySecs === null) return freshnessDefaults.cronSecs;
  return Math.max(freshnessDefaults.secs, freshnessDefaults.schedules * everySecs);
}

function requestsInFlight(concurrency: SourceEntry['concurrency'], problem: Problem): SourceConfig['requestsInFlight'] {
  const given = typeof concurrency === 'number' ? { max: concurrency } : concurrency;
  const max = given.max ?? Math.max(requestsInFlightDefaults.max, given.start ?? 0);
  const start = given.start ?? Math.min(requestsInFlightDefaults.start, max);
  if (start > max) problem(`concurrency: start (${start}) is above max (${max})`);
  return { start, max };
}

/** The source of somebody who has set a key and nothing else. */
export function defaultSourceEntry(baseUrlSetting: string | null): SourceEntry {
  return sourceEntry.parse({
    name: 'elevenlabs',
    ...(baseUrlSetting === null ? {} : { base_url: baseUrlSetting }),
  });
}

/** The certificates of a file, which is to hold at least one. */
function extraCa(path: string | undefined, environment: Environment, problem: (text: string) => void): string | null {
  if (path === undefined) return null;
  const text = environment.file(path);
  if (text === null) problem(`ca_file "${path}" cannot be read or is empty`);
  else if (!text.includes('-----BEGIN CERTIFICATE-----')) problem(`ca_file "${path}" holds no certificate in PEM`);
  return text;
}
