import { startLoader } from '@voxport/loader';
import { startScheduler } from '@voxport/scheduler';
import { sendSigned } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { startWorker } from '@voxport/worker';
import { secret } from '@voxport/runtime';
import { expect, test } from 'vitest';
import { openGateway } from './gateway-parts.ts';
import { runCommand } from './run-command.ts';

/** As the configuration gives a source of `mode: webhook`. */
const ofWebhooks = {
  mode: 'webhook',
  apiKey: secret(''),
  verify: null,
  freshnessSecs: null,
  checkPolicy: { refreshSecs: [], retentionSecs: 0 },
} as const;

const eventSecs = Math.floor(Date.now() / 1000) - 60;
const bodyOf = (conversation_id: string, more: object = {}): string =>
  JSON.stringify({
    type: 'post_call_transcription',
    event_timestamp: eventSecs,
    data: {
      conversation_id,
      status: 'done',
      metadata: { start_time_unix_secs: eventSecs - 300, call_duration_secs: 20 },
      transcript: [{ role: 'user', message: 'Grüezi' }],
      ...more,
    },
  });

test('of a source that keeps nothing webhooks bring all there is, and its API is never asked', async () => {
  await using parts = await openGateway(ofWebhooks);
  const { context, simulator, target, all } = parts;
  const [scheduler, worker, loader] = [
    await startScheduler(context),
    await startWorker(context),
    await startLoader(context),
  ];
  for (const body of [
    bodyOf('whole'),
    bodyOf('without_transcript', { transcript: [] }),
    bodyOf('still_running', { status: 'in-progress' }),
  ])
    expect(await sendSigned(body, target)).toBe(200);
  await eventually(async () => (await all(`select 1 from voxport_ops.inventory where state = 'loaded'`)).length === 3, {
    what: 'what webhooks brought to be loaded',
  });
  const swept = `select swept_at from voxport_ops.sources where swept_at > (select max(loaded_at) from voxport_ops.inventory)`;
  await eventually(async () => (await all(swept)).length === 1, { what: 'a sweep after it' });
  await scheduler.close();
  await worker.close();
  await loader.close();
  expect(
    await all(`select conversation_id, deleted_at, turn_count from voxport.conversations order by conversation_id`),
  ).toEqual([
    { conversation_id: 'still_running', deleted_at: null, turn_count: 1 },
    { conversation_id: 'whole', deleted_at: null, turn_count: 1 },
    { conversation_id: 'without_transcript', deleted_at: null, turn_count: 0 },
  ]);
  expect(await all(`select 1 from voxport_ops.inventory where next_check_at is not null`)).toEqual([]);
  expect(await all(`select 1 from voxport_ops.runs`)).toEqual([]);
  expect(simulator.stats().requests).toEqual({});
});

test('the commands say what they can know of it', async () => {
  await using parts = await openGateway(ofWebhooks);
  const { context, simulator, target, databaseUrl, all } = parts;
  const config = { databaseUrl, queueUrl: null, sources: context.sources.map((source) => source.config) };
  expect((await runCommand(config, ['status'])).stdout).toContain('none has come yet');
  expect(await sendSigned(bodyOf('one'), target)).toBe(200);

  const synced = await runCommand(config, ['sync', '--json']);
  expect(synced.exitCode).toBe(0);
  expect(await all('select conversation_id from voxport.conversations')).toEqual([{ conversation_id: 'one' }]);

  const status = await runCommand(config, ['status']);
  expect(status.stdout).toMatch(/webhooks\s+all that is known of its calls \(mode: webhook\); the last came/);
  expect(status.stdout).not.toContain('not listed to the end');
  const json = JSON.parse((await runCommand(config, ['status', '--json'])).stdout) as { sources: unknown[] };
  expect(json.sources).toMatchObject([{ mode: 'webhook', last_webhook_at: expect.any(String) }]);

  const checked = await runCommand(config, ['doctor']);
  expect(checked.stdout).toContain('mode: webhook: its API is never asked');
  const range = ['--from', '2026-01-01', '--to', '2026-01-02'];
  for (const command of [
    ['verify', ...range],
    ['backfill', ...range],
  ])
    await expect(runCommand(config, command), command[0]).rejects.toThrow('the API is never asked');
  expect(simulator.stats().requests).toEqual({});
});
