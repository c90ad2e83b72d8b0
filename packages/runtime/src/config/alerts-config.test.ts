import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'voxport-alerts-config-'));
const source = '{ name: support, api_key_env: KEY }';

/** Loads a file with these alerts, as YAML. */
function load(alerts: string, variables: Record<string, string> = {}) {
  const path = join(directory, `${Math.random()}.yaml`);
  writeFileSync(path, `sources: [${source}]\nalerts: ${alerts}\n`);
  return loadConfig({
    variables: { VOXPORT_CONFIG: path, KEY: 'key', ...variables },
    needsSources: true,
    parseFilters: () => ({}),
  }).alerts;
}

function problemsOf(...args: Parameters<typeof load>): readonly string[] {
  try {
    load(...args);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the settings of alerts', () => {
  test('without any, nobody is told, and every default holds', () => {
    expect(load('{}')).toEqual({
      receivers: [],
      evaluateEverySecs: 30,
      remindAfterSecs: 4 * 3600,
      stuckAfterSecs: 600,
      deadLettersCritical: 100,
      webhookSilentAfterSecs: 3600,
      databaseBytesMax: null,
      heartbeat: null,
    });
  });

  test('name several receivers, whose URLs stand in the environment or in files', () => {
    const path = join(directory, 'url');
    writeFileSync(path, 'https://example.com/hook\n');
    const { receivers, heartbeat, databaseBytesMax } = load(
      `{ receivers: [
          { name: chat, url_env: CHAT_URL, min_severity: warning, quiet_hours: { from: '22:00', to: '07:30', timezone: Europe/Berlin } },
          { name: pager, kind: generic, url_file: ${path} } ],
        heartbeat: { url_env: BEAT_URL, every: 2m }, database_limit_gb: 10 }`,
      { CHAT_URL: 'https://hooks.slack.com/services/T/B/x', BEAT_URL: 'https://example.com/beat' },
    );
    expect(receivers.map(({ url }) => url.reveal())).toEqual([
      'https://hooks.slack.com/services/T/B/x',
      'https://example.com/hook',
    ]);
    expect(receivers).toMatchObject([
      {
        name: 'chat',
        kind: 'slack',
        minSeverity: 'warning',
        quietHours: { fromMinute: 1320, toMinute: 450, timezone: 'Europe/Berlin' },
      },
      { name: 'pager', kind: 'generic', minSeverity: 'info', quietHours: null },
    ]);
    expect(JSON.stringify(receivers)).not.toContain('hooks.slack.com');
    expect(heartbeat).toMatchObject({ everySecs: 120 });
    expect(databaseBytesMax).toBe(10 * 1024 ** 3);
  });

  test('one receiver and the heartbeat can be set by the environment alone, beside those of a file', () => {
    const { receivers, heartbeat } = load('{ receivers: [{ name: chat, url_env: CHAT_URL }] }', {
      CHAT_URL: 'https://example.com/chat',
      VOXPORT_ALERT_WEBHOOK_URL: 'https://example.com/simple',
      VOXPORT_ALERT_WEBHOOK_KIND: 'generic',
      VOXPORT_HEARTBEAT_URL: 'https://example.com/beat',
    });
    expect(receivers.map(({ name, kind }) => [name, kind])).toEqual([
      ['chat', 'slack'],
      ['default', 'generic'],
    ]);
    expect(heartbeat?.everySecs).toBe(60);
    const alone = loadConfig({
      variables: { ELEVENLABS_API_KEY: 'key', VOXPORT_ALERT_WEBHOOK_URL: 'https://example.com/simple' },
      needsSources: true,
      parseFilters: () => ({}),
    });
    expect(alone.alerts.receivers).toMatchObject([{ name: 'default', kind: 'slack' }]);
  });

  test('every problem is told with its setting, and no URL', () => {
    const problems = problemsOf(
      `{ receivers: [
          { name: a, url_env: NOT_SET },
          { name: a, url_env: SECRET_URL },
          { name: b },
          { name: c, url_file: /nowhere/url, quiet_hours: { from: '25:00', to: x, timezone: Berlin } } ],
        remind_after: often, stuck_after: 1s }`,
      { SECRET_URL: 'ftp://a-secret/path', VOXPORT_ALERT_WEBHOOK_KIND: 'teams', VOXPORT_ALERT_WEBHOOK_URL: 'nothing' },
    );
    expect(problems.join('\n')).not.toContain('a-secret');
    const expected = [
      /receiver "a": the environment variable NOT_SET/u,
      /receiver "a": what SECRET_URL holds is not/u,
      /receiver "b": give url_env or url_file/u,
      /receiver "c": url_file "\/nowhere\/url" cannot be read/u,
      /receiver "c": quiet_hours: from "25:00"/u,
      /receiver "c": quiet_hours: to "x"/u,
      /receiver "c": quiet_hours: timezone "Berlin"/u,
      /two receivers are named "a"/u,
      /VOXPORT_ALERT_WEBHOOK_URL is not/u,
      /VOXPORT_ALERT_WEBHOOK_KIND "teams"/u,
      /remind_after "often" is not a duration/u,
      /stuck_after "1s" is below 60 s/u,
    ];
    for (const pattern of expected) expect(problems).toContainEqual(expect.stringMatching(pattern));
  });

  test('a freshness objective follows from the schedule, and can be set or switched off', () => {
    const freshness = (entry: string) => {
      const path = join(directory, `${Math.random()}.yaml`);
      writeFileSync(path, `sources: [{ name: support, api_key_env: KEY, ${entry} }]\n`);
      const variables = { VOXPORT_CONFIG: path, KEY: 'key' };
      return loadConfig({ variables, needsSources: true, parseFilters: () => ({}) }).sources[0]?.freshnessSecs;
    };
    expect(freshness('schedule: 5m')).toBe(1800);
    expect(freshness('schedule: 1h')).toBe(3 * 3600);
    expect(freshness('schedule: "0 6 * * *"')).toBe(26 * 3600);
    expect(freshness('freshness: 10m')).toBe(600);
    expect(freshness('freshness: "off"')).toBeNull();
  });
});
