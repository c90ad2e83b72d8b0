import { resolve } from 'node:path';
import type { ProxySettings } from '@voxport/domain';
import { isRedisUrl, parseRedisUrl, redisUrlForms, RedisUrlError } from '@voxport/jobs/redis-address';
import { parse } from 'yaml';
import type { z } from 'zod';
import { alertsConfig, alertsEntry, defaultAlerts, type AlertsConfig } from './alerts-config.ts';
import { ConfigError } from './config-error.ts';
import { logLevels, type Config, type LogLevel, type SourceConfig } from './config.ts';
import { environment, settingOrFile, type Environment } from './environment.ts';
import { httpConfig } from './http-config.ts';
import { healthSetting, tracesSetting } from './operator-settings.ts';
import { proxySettings } from './proxy-settings.ts';
import { secret } from './secret.ts';
import { defaultSourceEntry, isHttpUrl, isUnencrypted, sourceConfig, type ParseFilters } from './source-config.ts';
import { weakSecret } from './webhook-secrets.ts';
import { sourcesFile } from './sources-file.ts';

export interface LoadConfigOptions {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly parseFilters: ParseFilters;
  /** False for commands that only read the database: a missing key is then no problem. */
  readonly needsSources: boolean;
}

/**
 * Reads and validates the whole configuration.
 * Throws a `ConfigError` that lists every problem with its setting; no value of a secret is part of it.
 */
export function loadConfig(options: LoadConfigOptions): Config {
  const problems: string[] = [];
  const settings = environment(options.variables);
  const databaseUrl = url(settings, 'DATABASE_URL', ['postgres:', 'postgresql:'], problems);
  const login = (name: string): string | null => url(settings, name, ['postgres:', 'postgresql:'], problems);
  const databaseLogins = {
    adminUrl: login('DATABASE_ADMIN_URL'),
    ownerUrl: login('DATABASE_OWNER_URL'),
    gatewayUrl: login('DATABASE_GATEWAY_URL'),
    readerUrl: login('DATABASE_READER_URL'),
  };
  const own = queueUrlSetting(settings, problems);
  const databaseDirectUrl = login('DATABASE_DIRECT_URL');
  if (databaseDirectUrl !== null && databaseUrl === null) {
    problems.push('DATABASE_DIRECT_URL is set without DATABASE_URL: it is the same database by another way');
  }
  const logLevel = logLevelSetting(settings, problems);
  const health = healthSetting(settings, problems);
  const traces = tracesSetting(settings, problems);
  const http = httpConfig(settings, problems);
  const proxy = proxySettings(settings, problems);
  const { sources, alerts } = withProxy(readFile(settings, options, problems), proxy);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    databaseUrl,
    readDatabaseUrl: fileReader(settings, 'DATABASE_URL'),
    readQueueUrl: fileReader(
      settings,
      ...(own === null ? (['DATABASE_DIRECT_URL'] as const) : (['QUEUE_URL', 'REDIS_URL'] as const)),
    ),
    databaseLogins,
    dataDir: resolve(settings.value('VOXPORT_DATA_DIR') ?? '.voxport'),
    queueUrl: own?.url ?? databaseDirectUrl,
    queueSettingName: own?.settingName ?? 'DATABASE_DIRECT_URL',
    databaseDirectUrl,
    logLevel,
    health,
    traces: traces === null ? null : { ...traces, proxy },
    proxy,
    http,
    sources,
    alerts,
  };
}

/** Reads again what the file of the first of these settings holds; null where it stands in none. */
function fileReader(settings: Environment, ...names: readonly string[]): (() => string | null) | null {
  const set = names.find((name) => settings.value(name) !== null || settings.value(`${name}_FILE`) !== null);
  const path = set === undefined ? null : settings.value(`${set}_FILE`);
  return path === null ? null : () => settings.file(path);
}

/** Everything that sends requests of its own is given the proxies with the rest of its settings. */
function withProxy(
  { sources, alerts }: { sources: readonly SourceConfig[]; alerts: AlertsConfig },
  proxy: ProxySettings | null,
): { sources: SourceConfig[]; alerts: AlertsConfig } {
  return {
    sources: sources.map((source) => ({
      ...source,
      proxy,
      audio: source.audio === null ? null : { ...source.audio, proxy },
    })),
    alerts: {
      ...alerts,
      receivers: alerts.receivers.map((receiver) => ({ ...receiver, proxy })),
      heartbeat: alerts.heartbeat === null ? null : { ...alerts.heartbeat, proxy },
    },
  };
}

function url(settings: Environment, name: string, protocols: readonly string[], problems: string[]): string | null {
  const value = settingOrFile(settings, name, problems);
  if (value === null) return null;
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    // The value itself may hold a password: only its beginning is told.
    problems.push(`${name} is not a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
  }
  return value;
}

/** The queue's own address, and the setting that it stands in. */
function queueUrlSetting(settings: Environment, problems: string[]): { url: string; settingName: string } | null {
  const queueUrl = queueUrlOf('QUEUE_URL', settings, problems);
  if (queueUrl !== null) return { url: queueUrl, settingName: 'QUEUE_URL' };
  const redisUrl = queueUrlOf('REDIS_URL', settings, problems);
  return redisUrl === null ? null : { url: redisUrl, settingName: 'REDIS_URL' };
}

function queueUrlOf(name: 'QUEUE_URL' | 'REDIS_URL', settings: Environment, problems: string[]): string | null {
  const value = settingOrFile(settings, name, problems);
  if (value === null) return null;
  const isPostgresUrl = URL.canParse(value) && ['postgres:', 'postgresql:'].includes(new URL(value).protocol);
  if (name === 'QUEUE_URL' && isPostgresUrl) return value;
  try {
    parseRedisUrl(value);
  } catch (error) {
    if (!(error instanceof RedisUrlError)) throw error;
    // The value itself may hold a password: only what is wrong with it is told.
    problems.push(
      isRedisUrl(value)
        ? `${name}: ${error.message}`
        : `${name} is not a URL of the forms ${name === 'QUEUE_URL' ? 'postgres://user:password@host:5432/database, ' : ''}${redisUrlForms}`,
    );
  }
  return value;
}

function logLevelSetting(settings: Environment, problems: string[]): LogLevel {
  const value = settings.value('LOG_LEVEL') ?? 'info';
  const level = logLevels.find((known) => known === value);
  if (level === undefined) problems.push(`LOG_LEVEL "${value}" is none of ${logLevels.join(', ')}`);
  return level ?? 'info';
}

/** The part of the configuration that stands in the file, or what holds without one. */
function readFile(
  settings: Environment,
  options: LoadConfigOptions,
  problems: string[],
): { sources: SourceConfig[]; alerts: AlertsConfig } {
  const path = settings.value('VOXPORT_CONFIG');
  if (path === null) {
    return {
      sources: defaultSources(settings, options, problems),
      alerts: alertsConfig(alertsEntry.parse({}), settings, options.needsSources ? problems : []),
    };
  }
  const nothing = { sources: [], alerts: defaultAlerts() };
  const content = settings.file(path);
  if (content === null) {
    problems.push(`VOXPORT_CONFIG: "${path}" cannot be read or is empty`);
    return nothing;
  }
  let document: unknown;
  try {
    document = parse(content);
  } catch (error) {
    problems.push(
      `VOXPORT_CONFIG: "${path}" is neither YAML nor JSON: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
    );
    return nothing;
  }
  const parsed = sourcesFile.safeParse(document);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `VOXPORT_CONFIG: ${describeIssue(issue)}`));
    return nothing;
  }
  const names = parsed.data.sources.map((entry) => entry.name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) problems.push(`VOXPORT_CONFIG: two sources are named "${repeated}"`);
  const keyProblems: string[] = options.needsSources ? problems : [];
  return {
    sources: parsed.data.sources.map((entry) => sourceConfig(entry, settings, options.parseFilters, keyProblems)),
    // A command that only reads has no use for a receiver's URL, and may run where it is not set.
    alerts: alertsConfig(parsed.data.alerts, settings, keyProblems),
  };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  const hint =
    issue.code === 'unrecognized_keys' && issue.keys.includes('api_key')
      ? ' (a key does not belong in this file: use api_key_env or api_key_file)'
      : '';
  return `${path === '' ? 'the file' : path}: ${issue.message}${hint}`;
}

function defaultSources(settings: Environment, options: LoadConfigOptions, problems: string[]): SourceConfig[] {
  const key = settingOrFile(settings, 'ELEVENLABS_API_KEY', problems);
  const baseUrl = settings.value('ELEVENLABS_BASE_URL');
  if (baseUrl !== null && !isHttpUrl(baseUrl)) {
    problems.push(`ELEVENLABS_BASE_URL "${baseUrl}" is not an http:// or https:// URL`);
  } else if (baseUrl !== null && isUnencrypted(baseUrl) && settings.value('ELEVENLABS_ALLOW_HTTP') !== 'true') {
    problems.push(
      `ELEVENLABS_BASE_URL "${baseUrl}" would send the key and receive the transcripts unencrypted: use https://, or say that it is meant by ELEVENLABS_ALLOW_HTTP=true`,
    );
  }
  if (key === null) {
    if (options.needsSources) {
      problems.push(
        'ELEVENLABS_API_KEY is not set: set it to a key of your account (or ELEVENLABS_API_KEY_FILE to a file that holds it), or describe your sources in a file and name it in VOXPORT_CONFIG',
      );
    }
    return [];
  }
  const webhookSecret = settingOrFile(settings, 'ELEVENLABS_WEBHOOK_SECRET', problems);
  const weak = webhookSecret === null ? null : weakSecret(webhookSecret);
  if (weak !== null) problems.push(`ELEVENLABS_WEBHOOK_SECRET ${weak}`);
  const ignored: string[] = [];
  return [
    {
      ...sourceConfig(defaultSourceEntry(baseUrl), settings, options.parseFilters, ignored),
      apiKey: secret(key),
      webhookSecrets: webhookSecret === null ? [] : [secret(webhookSecret)],
    },
  ];
}
