import { defaultAlerts, secret, type AlertsConfig } from '@voxport/runtime';
import { expect, test } from 'vitest';
import { makeClock, quickAlerts, receiverAt, startReceiver, until, watch, execute } from '../../test/alert-parts.ts';
import { createWarehouse, openTestContext, testSource } from '../../test/export-parts.ts';
import { jsonOf, makeRunCommand } from '../../test/make-run-command.ts';

async function openCommand(alerts: AlertsConfig) {
  const warehouse = await createWarehouse();
  const config = { databaseUrl: warehouse.url, queueUrl: null, sources: [testSource('http://127.0.0.1:9')], alerts };
  return { config, voxport: makeRunCommand(config), [Symbol.asyncDispose]: () => warehouse[Symbol.asyncDispose]() };
}

test('a test alert goes to every receiver, and what came back is said, without what is secret of a URL', async () => {
  await using good = await startReceiver();
  await using bad = await startReceiver();
  bad.answer(403);
  await using away = await startReceiver();
  await away.goAway();
  await using parts = await openCommand({
    ...defaultAlerts(),
    receivers: [
      receiverAt(good.url, { name: 'chat', kind: 'slack', minSeverity: 'critical' }),
      receiverAt(bad.url, { name: 'revoked' }),
      receiverAt(away.url, { name: 'away' }),
    ],
    heartbeat: { url: secret(good.url), everySecs: 60 },
  });
  const { exitCode, stdout } = await parts.voxport('alerts', 'test');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^ok {4}chat \(slack, 127\.0\.0\.1:\d+\): 200 ok$/mu);
  expect(stdout).toMatch(/^FAIL {2}revoked \(generic, \S+\): 403 refused .*\n {6}→ The URL is not/mu);
  expect(stdout).toMatch(/^FAIL {2}away .*ECONNREFUSED/mu);
  expect(stdout).toMatch(/^ok {4}heartbeat/mu);
  expect(stdout).not.toContain('secret-path');
  const sent = JSON.parse(good.requests.find(({ method }) => method === 'POST')!.body) as { text: string };
  expect(sent.text).toBe('This is a test alert');
  expect(jsonOf(await parts.voxport('alerts', 'test', '--json'))).toMatchObject({
    receivers: [{ name: 'chat', taken: true, status: 200 }, { name: 'revoked', taken: false, status: 403 }, {}, {}],
  });
});

test('without a receiver it says how to set one', async () => {
  await using parts = await openCommand(defaultAlerts());
  await expect(parts.voxport('alerts', 'test')).rejects.toThrow('VOXPORT_ALERT_WEBHOOK_URL');
});

test('the list says what is open with its fix, what a receiver has not taken, and that nobody watches', async () => {
  await using parts = await openCommand(defaultAlerts());
  const { config, voxport } = parts;
  const empty = await voxport('alerts');
  expect(empty.stdout).toContain('No alert is open.');
  expect(empty.stdout).toContain('Nobody watches');

  await using opened = await openTestContext(config);
  const { context } = opened;
  await execute(
    context,
    `insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message)
     select 'support', 'fetch', 'conv_' || n, 'server_error', 'x' from generate_series(1, 12) n`,
  );
  await using away = await startReceiver();
  await away.goAway();
  await using watches = new AsyncDisposableStack();
  watches.use(await watch(context, quickAlerts([receiverAt(away.url)]), makeClock(context)));
  const text = await until(async () => (await voxport('alerts', 'list')).stdout, {
    until: (stdout) => stdout.includes('ECONNREFUSED'),
    what: 'the alert and its delivery',
  });
  expect(text).toContain('WARNING   support: 12 conversations could not be fetched (server_error)');
  expect(text).toContain('→ voxport failures retry --source support --stage fetch --class server_error');
  expect(text).toMatch(/Receiver ops: 1 not taken yet/u);
  expect(text).not.toContain('Nobody watches');
  expect(jsonOf(await voxport('alerts', '--json'))).toMatchObject({
    open: [{ kind: 'dead_letters', severity: 'warning', count: 12 }],
    deliveries: [{ receiver: 'ops', pending: 1 }],
  });
});
