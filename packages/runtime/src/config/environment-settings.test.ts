import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import type { Config } from './config.ts';
import { loadConfig } from './load-config.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'voxport-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const key = { ELEVENLABS_API_KEY: 'sk_env_secret' };

function load(variables: Record<string, string>, needsSources = true): Config {
  return loadConfig({ variables, needsSources, parseFilters: (_dialect, filters) => filters as object });
}

function problemsOf(variables: Record<string, string>, needsSources = true): readonly string[] {
  try {
    load(variables, needsSources);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings of the environment', () => {
  test.each(['"sk_env_secret"', "'sk_env_secret'"])('a key that was copied with its quotes is told: %s', (quoted) => {
    const problem = expect.stringMatching(/^ELEVENLABS_API_KEY(_FILE)?: the value is in quotes/) as string;
    expect(problemsOf({ ELEVENLABS_API_KEY: quoted })).toEqual([problem]);
    expect(problemsOf({ ELEVENLABS_API_KEY_FILE: file('quoted', quoted) })).toEqual([problem]);
    const sources = file('quoted.yaml', 'sources: [{name: a, api_key_env: KEY_OF_A}]');
    expect(problemsOf({ VOXPORT_CONFIG: sources, KEY_OF_A: quoted })).toEqual([
      expect.stringContaining('KEY_OF_A: the value is in quotes'),
    ]);
  });

  test('one key is a whole configuration', () => {
    const config = load(key);
    expect(config).toMatchObject({ databaseUrl: null, queueUrl: null, logLevel: 'info', dataDir: resolve('.voxport') });
    expect(config.sources).toMatchObject([
      {
        sourceId: 'elevenlabs',
        dialect: 'elevenlabs',
        baseUrl: 'https://api.elevenlabs.io',
        schedule: { everySecs: 300 },
      },
    ]);
    expect(config.sources[0]!.apiKey.reveal()).toBe('sk_env_secret');
  });

  test('each is read, trimmed; an empty one counts as not set', () => {
    const config = load({
      ...key,
      DATABASE_URL: ' postgresql://u@h/d ',
      QUEUE_URL: '',
      LOG_LEVEL: 'debug',
      VOXPORT_DATA_DIR: 'somewhere',
      ELEVENLABS_BASE_URL: 'https://api.eu.residency.elevenlabs.io',
    });
    expect(config).toMatchObject({
      databaseUrl: 'postgresql://u@h/d',
      queueUrl: null,
      logLevel: 'debug',
      dataDir: resolve('somewhere'),
    });
    expect(config.sources[0]!.baseUrl).toBe('https://api.eu.residency.elevenlabs.io');
  });

  test('REDIS_URL is another name for QUEUE_URL, which goes first', () => {
    expect(load({ ...key, REDIS_URL: 'redis://r/1' }).queueUrl).toBe('redis://r/1');
    expect(load({ ...key, REDIS_URL: 'redis://r/1', QUEUE_URL: 'rediss://q/2' }).queueUrl).toBe('rediss://q/2');
    expect(load({ ...key, QUEUE_URL: 'postgres://q/2' }).queueUrl).toBe('postgres://q/2');
    expect(load({ ...key, REDIS_URL: 'redis+sentinel://a:1,b/m' }).queueUrl).toBe('redis+sentinel://a:1,b/m');
    expect(problemsOf({ ...key, QUEUE_URL: 'redis+cluster://me:secret@a/7' })).toEqual([
      'QUEUE_URL: a cluster has no database but 0: take /7 off',
    ]);
    expect(load({ ...key, QUEUE_URL: 'postgres://q/2' }).queueSettingName).toBe('QUEUE_URL');
    expect(load({ ...key, REDIS_URL: 'redis://r/1' }).queueSettingName).toBe('REDIS_URL');
    expect(problemsOf({ ...key, REDIS_URL: 'postgres://q/2' })).toEqual([expect.stringContaining('REDIS_URL')]);
  });

  test.each(['DATABASE_URL', 'QUEUE_URL', 'REDIS_URL', 'ELEVENLABS_API_KEY'])('%s can stand in a file', (name) => {
    const value =
      name === 'ELEVENLABS_API_KEY' ? 'sk_file' : name === 'DATABASE_URL' ? 'postgres://f/d' : 'redis://f/0';
    const path = file(`secret-${name}`, `${value}\n`);
    const config = load({ ...(name === 'ELEVENLABS_API_KEY' ? {} : key), [`${name}_FILE`]: path });
    const read =
      name === 'DATABASE_URL'
        ? config.databaseUrl
        : name === 'ELEVENLABS_API_KEY'
          ? config.sources[0]!.apiKey.reveal()
          : config.queueUrl;
    expect(read).toBe(value);
    expect(problemsOf({ ...key, [name]: value, [`${name}_FILE`]: path })).toEqual([
      `${name} and ${name}_FILE are both set: keep one of them`,
    ]);
  });

  test('a file that is missing or empty is a problem that names the setting and the path', () => {
    const missing = join(directory, 'missing');
    const empty = file('empty', ' \n');
    for (const path of [missing, empty])
      expect(problemsOf({ ...key, DATABASE_URL_FILE: path })).toEqual([
        `DATABASE_URL_FILE: "${path}" cannot be read or is empty`,
      ]);
  });

  test('a missing key is a problem only where a source is needed', () => {
    expect(problemsOf({})).toEqual([expect.stringContaining('ELEVENLABS_API_KEY is not set')]);
    expect(load({}, false).sources).toEqual([]);
  });

  test('all that is wrong is told together, each with its setting, and no secret with it', () => {
    const problems = problemsOf({
      DATABASE_URL: 'mysql://u:pw_secret@h/d',
      QUEUE_URL: 'amqp://u:pw_secret@h',
      LOG_LEVEL: 'loud',
      ELEVENLABS_API_KEY: 'sk_env_secret',
      ELEVENLABS_BASE_URL: 'ftp://h',
    });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'QUEUE_URL',
      'LOG_LEVEL',
      'ELEVENLABS_BASE_URL',
    ]);
    const { message } = new ConfigError(problems);
    expect(message).toContain('4 problems');
    expect(message).not.toMatch(/pw_secret|sk_env_secret/u);
  });
});

describe('the sources file', () => {
  const yaml = `
sources:
  - name: support
    api_key_env: SUPPORT_KEY
    filters: { agent_id: a }
    since: 2026-01-31
    concurrency: 7
  - name: proxy
    dialect: voiceable
    base_url: https://proxy.example/api/v1
    api_key_file: KEY_FILE
    schedule: { cron: '*/5 * * * *', timezone: Europe/Berlin }
    concurrency: { start: 2, max: 9 }
`;

  test('is YAML or JSON, and says the same in both', () => {
    const keyFile = file('proxy-key', 'sk_proxy_secret\n');
    const json = {
      sources: [
        {
          name: 'support',
          api_key_env: 'SUPPORT_KEY',
          filters: { agent_id: 'a' },
          since: '2026-01-31',
          concurrency: 7,
        },
        {
          name: 'proxy',
          dialect: 'voiceable',
          base_url: 'https://proxy.example/api/v1',
          api_key_file: keyFile,
          schedule: { cron: '*/5 * * * *', timezone: 'Europe/Berlin' },
          concurrency: { start: 2, max: 9 },
        },
      ],
    };
    const read = (path: string): Config => load({ VOXPORT_CONFIG: path, SUPPORT_KEY: 'sk_support_secret' });
    const config = read(file('sources.yaml', yaml.replace('KEY_FILE', keyFile)));
    expect(JSON.stringify(read(file('sources.json', JSON.stringify(json))))).toBe(JSON.stringify(config));
    expect(config.sources).toMatchObject([
      {
        sourceId: 'support',
        filters: { agent_id: 'a' },
        since: new Date('2026-01-31T00:00:00Z'),
        requestsInFlight: { start: 4, max: 7 },
      },
      {
        sourceId: 'proxy',
        dialect: 'voiceable',
        schedule: { cron: '*/5 * * * *', timezone: 'Europe/Berlin' },
        requestsInFlight: { start: 2, max: 9 },
      },
    ]);
    expect(config.sources.map((source) => source.apiKey.reveal())).toEqual(['sk_support_secret', 'sk_proxy_secret']);
    for (const shown of [JSON.stringify(config), inspect(config, { depth: null, showHidden: true })])
      expect(shown).not.toMatch(/sk_(?:support|proxy)_secret/u);
  });

  test('that is neither, is not there, or is of another form is one problem that names it', () => {
    const missing = join(directory, 'none.yaml');
    expect(problemsOf({ VOXPORT_CONFIG: missing })).toEqual([expect.stringContaining(missing)]);
    const broken = file('broken.yaml', 'sources: [a: b: c\n - {');
    expect(problemsOf({ VOXPORT_CONFIG: broken })).toEqual([
      expect.stringMatching(/broken\.yaml.*neither YAML nor JSON/u),
    ]);
    expect(problemsOf({ VOXPORT_CONFIG: file('list.yaml', '- a\n') })).toEqual([expect.stringContaining('the file')]);
    expect(problemsOf({ VOXPORT_CONFIG: file('none.yaml.txt', 'sources: []\n') })).toHaveLength(1);
  });

  test('with two sources of one name is refused', () => {
    const path = file('twice.yaml', 'sources:\n  - { name: a, api_key_env: K }\n  - { name: a, api_key_env: K }\n');
    expect(problemsOf({ VOXPORT_CONFIG: path, K: 'k' })).toEqual(['VOXPORT_CONFIG: two sources are named "a"']);
  });

  test('with a key in it is refused, with where the key belongs, and without the key', () => {
    const path = file('key.yaml', 'sources:\n  - { name: a, api_key: sk_in_file_secret }\n');
    const [problem] = problemsOf({ VOXPORT_CONFIG: path });
    expect(problem).toMatch(/api_key.*api_key_env or api_key_file/u);
    expect(problem).not.toContain('sk_in_file_secret');
  });

  test('tells every problem of every source at once', () => {
    const path = file(
      'wrong.yaml',
      `
sources:
  - { name: a, schedule: sometimes, lookback: long, since: yesterday }
  - { name: b, dialect: voiceable, api_key_env: NOT_SET, concurrency: { start: 9, max: 3 } }
  - { name: c, base_url: 'ftp://h', api_key_env: K, api_key_file: /f }
`,
    );
    const problems = problemsOf({ VOXPORT_CONFIG: path, K: 'k' }).join('\n');
    for (const told of [
      'source "a": api_key_env or api_key_file is missing',
      'source "a": schedule "sometimes"',
      'source "a": lookback "long"',
      'source "a": since "yesterday"',
      'source "b": base_url is missing',
      'source "b": the environment variable NOT_SET',
      'source "b": concurrency: start (9) is above max (3)',
      'source "c": base_url "ftp://h"',
      'source "c": give api_key_env or api_key_file, not both',
    ])
      expect(problems).toContain(told);
  });
});

test('an address that is not encrypted is refused unless it is a loopback one, or meant', () => {
  const one = { ELEVENLABS_API_KEY: 'k' };
  const ask = (variables: Record<string, string>) =>
    loadConfig({ variables, needsSources: true, parseFilters: () => ({}) }).sources;
  expect(() => ask({ ...one, ELEVENLABS_BASE_URL: 'http://proxy.example' })).toThrow(/ELEVENLABS_ALLOW_HTTP=true/u);
  for (const url of ['http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1', 'https://proxy.example'])
    expect(ask({ ...one, ELEVENLABS_BASE_URL: url }), url).toHaveLength(1);
  expect(ask({ ...one, ELEVENLABS_BASE_URL: 'http://proxy.example', ELEVENLABS_ALLOW_HTTP: 'true' })).toHaveLength(1);
});

test('weak secrets and tokens are refused, and what is no proxy', () => {
  const ask = (variables: Record<string, string>) =>
    loadConfig({ variables: { ELEVENLABS_API_KEY: 'k', ...variables }, needsSources: true, parseFilters: () => ({}) });
  expect(() => ask({ ELEVENLABS_WEBHOOK_SECRET: 'short' })).toThrow(/5 characters/u);
  expect(() => ask({ VOXPORT_OPERATOR_TOKEN: 'a'.repeat(40) })).toThrow(/different characters/u);
  expect(() => ask({ VOXPORT_TRUSTED_PROXIES: '10.0.0.0/8, everybody' })).toThrow(/"everybody"/u);
  expect(ask({ VOXPORT_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).http.trustedProxies).toEqual(['10.0.0.0/8', '::1']);
});
