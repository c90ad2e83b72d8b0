import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultApiKey } from '@voxport/simulator';
import { readEvaluatedAt } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { startReceiver, until } from './alert-parts.ts';
import {
  openDatabase,
  runVoxport,
  simulate,
  startService,
  startVoxport,
  temporaryDirectory,
  warehouseUrl,
} from './voxport.ts';

/** A file with alerts that are looked for every second, beside one source. */
async function writeConfig(url: string): Promise<string> {
  const path = join(await temporaryDirectory(), 'voxport.json');
  const document = {
    sources: [{ name: 'support', api_key_env: 'KEY', base_url: url, schedule: '1s', lookback: '400d', verify: 'off' }],
    alerts: {
      receivers: [{ name: 'chat', url_env: 'CHAT_URL', min_severity: 'warning' }],
      heartbeat: { url_env: 'BEAT_URL', every: '1s' },
      evaluate_every: '1s',
    },
  };
  await writeFile(path, JSON.stringify(document));
  return path;
}

test('a fleet that is up by itself tells Slack of a dead letter and of its recovery, beats, and does not beat without workers', async () => {
  await using chat = await startReceiver();
  await using beat = await startReceiver();
  const simulator = await simulate({ conversationCount: 12, apiKey: defaultApiKey });
  const broken = simulator.conversationIdAt(4);
  simulator.setFaults([
    {
      match: { endpoint: 'detail', conversationId: [broken] },
      action: { do: 'status', status: 400, body: { detail: 'no' } },
    },
  ]);
  const url = await warehouseUrl();
  const env = {
    VOXPORT_CONFIG: await writeConfig(simulator.url),
    KEY: defaultApiKey,
    CHAT_URL: chat.url,
    BEAT_URL: beat.url,
    DATABASE_URL: url,
    VOXPORT_HTTP_PORT: 'off',
  };
  const up = startVoxport(['up'], env);
  const [told] = await until(() => chat.requests, {
    until: (requests) => requests.length > 0,
    what: 'the alert in the chat',
  });
  const message = JSON.parse(told!.body) as { text: string; attachments: { fields: { value: string }[] }[] };
  expect(message.text).toBe('support: 1 conversation could not be fetched (invalid_request)');
  const command = message.attachments[0]?.fields.at(-1)?.value.split('\n').at(-1) ?? '';
  expect(command).toBe('voxport failures retry --source support --stage fetch --class invalid_request');
  await until(() => beat.requests, { until: (requests) => requests.length > 1, what: 'heartbeats' });
  expect(told!.body).not.toContain(defaultApiKey);

  simulator.setFaults([]);
  expect((await runVoxport(command.split(' ').slice(1), env)).code).toBe(0);
  up.kill('SIGTERM');
  expect((await up.exited).code).toBe(0);

  // A scheduler alone: it looks again and again, finds that nobody works, and does not beat.
  const beats = beat.requests.length;
  const scheduler = startService('scheduler', env);
  const database = await openDatabase(url);
  const stoppedAt = (await readEvaluatedAt(database.kysely))?.getTime() ?? 0;
  await until(async () => (await readEvaluatedAt(database.kysely))?.getTime() ?? 0, {
    until: (at) => at > stoppedAt + 4000,
    what: 'the scheduler to look several times',
  });
  expect(beat.requests).toHaveLength(beats);
  // At once, long before an alert is due.
  const { stdout } = await runVoxport(['status'], env);
  const said = stdout.join(' ').replaceAll(/\s+/gu, ' ');
  expect(said).toMatch(/fleet scheduler [^,]+, NO worker \(stopped [^)]+\), NO loader \(stopped/u);
  scheduler.kill('SIGTERM');
  await scheduler.exited;
});
