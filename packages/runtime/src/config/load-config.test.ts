import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import type { SourceConfig } from './config.ts';
import { loadConfig } from './load-config.ts';
import { sourceEntry } from './sources-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'voxport-config-'));
afterAll(() => rmSync(directory, { recursive: true }));
const [hour, day] = [3600, 86_400];
let files = 0;

/** Loads a sources file with this content. */
function load(content: string, variables: Record<string, string> = {}): readonly SourceConfig[] {
  const path = join(directory, `${(files += 1)}.yaml`);
  writeFileSync(path, content);
  return loadConfig({
    variables: { VOXPORT_CONFIG: path, KEY: 'k-1', ...variables },
    needsSources: true,
    parseFilters: (_dialect, filters) => filters as SourceConfig['filters'],
  }).sources;
}

function sourceWith(lines: string): SourceConfig {
  return load(`sources:\n  - { name: support, api_key_env: KEY, ${lines} }`)[0]!;
}

function problemsOf(lines: string): readonly string[] {
  try {
    sourceWith(lines);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('expected this configuration to be refused');
}

describe('mode: webhook', () => {
  const secretOf = { HOOK: 'a-secret-of-this-test' };
  const problems = (lines: string): readonly string[] => {
    try {
      load(`sources:\n  - { name: told, mode: webhook, ${lines} }`, secretOf);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };

  test('needs a secret and no key, and never asks: no rechecks, no verification, no objective', () => {
    const [source] = load('sources:\n  - { name: told, mode: webhook, webhook_secret_env: HOOK }', secretOf);
    expect(source).toMatchObject({
      mode: 'webhook',
      checkPolicy: { refreshSecs: [], retentionSecs: 0 },
      verify: null,
      freshnessSecs: null,
    });
    expect(source!.webhookSecrets).toHaveLength(1);
  });

  test('is refused without a secret, and with what would do nothing', () => {
    expect(problems('dialect: elevenlabs')).toEqual([expect.stringContaining('needs webhook_secret_env')]);
    expect(problems('webhook_secret_env: HOOK, api_key_env: KEY, since: 2026-01-01')).toEqual([
      expect.stringContaining('so api_key_env, since would do nothing'),
    ]);
    expect(problems('webhook_secret_env: HOOK, mirror_deletions: true')).toEqual([
      expect.stringContaining('cannot mirror deletions'),
    ]);
  });
});

describe('rechecks and deletions', () => {
  const defaults = { refreshSecs: [hour, day, 7 * day], retentionSecs: 730 * day };

  test('have defaults, in the file and without one', () => {
    const [alone] = loadConfig({
      variables: { ELEVENLABS_API_KEY: 'k-1' },
      needsSources: true,
      parseFilters: () => ({}),
    }).sources;
    for (const source of [sourceWith('lookback: 1d'), alone!]) {
      expect(source).toMatchObject({
        checkPolicy: defaults,
        mirrorDeletions: false,
        checkTotalCount: true,
        checkMessageCount: true,
      });
    }
  });

  test('are read with their units', () => {
    const { checkPolicy } = sourceWith('refresh: [90s, 1.5h, 2w], retention: 30d');
    expect(checkPolicy).toEqual({ refreshSecs: [90, 5400, 14 * day], retentionSecs: 30 * day });
    expect(sourceWith('refresh: []').checkPolicy.refreshSecs).toEqual([]);
    expect(sourceWith('mirror_deletions: true, check_total_count: false, check_message_count: false')).toMatchObject({
      mirrorDeletions: true,
      checkTotalCount: false,
      checkMessageCount: false,
    });
    expect(sourceWith('lookback: 1d')).toMatchObject({ rawHistory: 'changed', keep: { rawHistorySecs: null } });
    expect(sourceWith('raw_history: newest, keep: { raw_history: 30d }')).toMatchObject({
      rawHistory: 'newest',
      keep: { rawHistorySecs: 30 * day },
    });
  });

  test.each([
    ['refresh: [1h, soon]', 'source "support": refresh[1] "soon" is not a duration such as 90s, 5m, 1h or 2d'],
    ['refresh: [0s]', 'source "support": refresh[0] "0s" must be longer than nothing'],
    ['refresh: 1h', 'sources[0].refresh: must be a list of durations such as [1h, 1d, 7d], or [] for never'],
    ['retention: two years', 'source "support": retention "two years" is not a duration such as 90s, 5m, 1h or 2d'],
    ['mirror_deletions: sometimes', 'sources[0].mirror_deletions: must be true or false'],
    ['raw_history: none', 'sources[0].raw_history: must be newest, changed or all'],
    ['keep: { raw_history: 1h }', 'source "support": keep.raw_history "1h" is below a day'],
    ['check_total_count: 1', 'sources[0].check_total_count: must be true or false'],
  ])('%s is refused, with the name of the setting', (lines, problem) => {
    expect(problemsOf(lines)).toEqual([`VOXPORT_CONFIG: ${problem}`]);
  });

  test('all problems are told at once', () => {
    expect(problemsOf('refresh: [never], retention: 0d, lookback: x')).toHaveLength(3);
  });
});

describe('docs/configuration.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/configuration.md'), 'utf8');

  test('describes every key of a source, with its default', () => {
    for (const key of Object.keys(sourceEntry.shape)) expect(text, key).toContain(`\n| \`${key}\` `);
  });

  test('describes every environment variable that is read', () => {
    const code = readFileSync(join(import.meta.dirname, 'load-config.ts'), 'utf8');
    const names = new Set([...code.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map((match) => match[1]!));
    expect(names.size).toBeGreaterThan(6);
    for (const name of names) expect(text, name).toContain(`\n| \`${name}\` `);
  });

  test('its example is a good one', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(text)![1]!.replace('/run/secrets/sales-eu', join(directory, 'key'));
    writeFileSync(join(directory, 'key'), 'k-2\n');
    const [support, sales, proxy] = load(example, { SUPPORT_API_KEY: 'k-1', PROXY_API_KEY: 'k-3' });
    expect(support).toMatchObject({ sourceId: 'support', schedule: { everySecs: 300 } });
    expect(sales).toMatchObject({ mirrorDeletions: true, requestsInFlight: { start: 4, max: 10 } });
    expect(sales?.apiKey.reveal()).toBe('k-2');
    expect(proxy).toMatchObject({ dialect: 'voiceable', checkPolicy: { refreshSecs: [] } });
  });
});
