import { gzipSync } from 'node:zlib';
import { startLoader } from '@voxport/loader';
import { sendSigned } from '@voxport/simulator';
import { startWorker } from '@voxport/worker';
import { eventually } from '@voxport/testkit';
import { expect, test } from 'vitest';
import { syncOnce } from './export-parts.ts';
import { openGateway, operatorToken } from './gateway-parts.ts';
import { runCommand } from './run-command.ts';

type Parts = Awaited<ReturnType<typeof openGateway>>;

const eventSecs = Math.floor(Date.now() / 1000) - 60;
const detail = (conversation_id: unknown, more: object = {}) => ({
  conversation_id,
  status: 'done',
  metadata: { start_time_unix_secs: eventSecs - 300, call_duration_secs: 20 },
  transcript: [{ role: 'user', message: 'Grüezi' }],
  ...more,
});
const configOf = (parts: Parts) => ({
  databaseUrl: parts.databaseUrl,
  queueUrl: null,
  sources: parts.context.sources.map((source) => source.config),
});

async function loadAll(parts: Parts): Promise<void> {
  const loader = await startLoader(parts.context);
  await eventually(
    async () => (await parts.one("select count(*) from voxport_raw.payloads where state = 'landed'"))['count'] === 0,
    { what: 'what has landed to be loaded' },
  );
  await loader.close();
}

test('a known type in another shape is read as far as it can be', async () => {
  await using parts = await openGateway();
  const { target, all } = parts;
  const type = 'post_call_transcription';
  const shapes: readonly (readonly [string, string | Buffer])[] = [
    ['plain', JSON.stringify({ type, event_timestamp: eventSecs, data: detail('plain') })],
    ['inline', JSON.stringify({ type, event_timestamp: eventSecs, ...detail('inline') })],
    ['text', JSON.stringify({ type, event_timestamp: eventSecs, data: JSON.stringify(detail('text')) })],
    ['gzip', gzipSync(JSON.stringify({ type, event_timestamp: eventSecs, data: detail('gzip') }))],
    ['iso', JSON.stringify({ type, event_timestamp: new Date(eventSecs * 1000).toISOString(), data: detail('iso') })],
    ['millis', JSON.stringify({ type, event_timestamp: eventSecs * 1000, data: detail('millis') })],
    ['4711', JSON.stringify({ type, event_timestamp: eventSecs, data: detail(4711) })],
  ];
  for (const [name, body] of shapes) expect(await sendSigned(body, target), name).toBe(200);
  await loadAll(parts);
  expect(
    await all(`select conversation_id, turn_count, status, extract(epoch from observed_at)::int as observed
               from voxport.conversations order by conversation_id collate "C"`),
  ).toEqual(
    shapes
      .map(([name]) => ({ conversation_id: name, turn_count: 1, status: 'done', observed: eventSecs }))
      .toSorted((a, b) => (a.conversation_id < b.conversation_id ? -1 : 1)),
  );
  expect(await all('select * from voxport_ops.failures')).toEqual([]);
});

test('an event whose time nobody can read never wins over what a poll brought', async () => {
  await using parts = await openGateway();
  const { context, simulator, target, one, all } = parts;
  const conversationId = simulator.conversationIdAt(1);
  await syncOnce(context);
  const row = `select turn_count, rating, cost_credits, exported_at from voxport.conversations where conversation_id = '${conversationId}'`;
  const before = await one(row);
  for (const event_timestamp of [undefined, 'yesterday', null]) {
    const data = detail(conversationId, { transcript: [{ role: 'user', message: String(event_timestamp) }] });
    expect(await sendSigned(JSON.stringify({ type: 'post_call_transcription', event_timestamp, data }), target)).toBe(
      200,
    );
  }
  // Of several for a conversation that nobody has polled, the latest to arrive counts.
  for (const message of ['first', 'second', 'third']) {
    const data = detail('unpolled', { transcript: [{ role: 'user', message }] });
    expect(await sendSigned(JSON.stringify({ type: 'post_call_transcription', data }), target)).toBe(200);
  }
  await loadAll(parts);
  expect(await one(row)).toEqual(before);
  expect(await all(`select message from voxport.transcript_turns where conversation_id = 'unpolled'`)).toEqual([
    { message: 'third' },
  ]);
});

test('a second body of the same event is kept too, and a repetition of either is only counted', async () => {
  await using parts = await openGateway();
  const { target, all } = parts;
  const bodies = ['one', 'two'].map((message) =>
    JSON.stringify({
      type: 'post_call_transcription',
      event_timestamp: eventSecs,
      data: detail('twice', { transcript: [{ role: 'user', message }] }),
    }),
  );
  for (const body of [...bodies, ...bodies]) expect(await sendSigned(body, target)).toBe(200);
  expect(await all('select state, deliveries from voxport_ops.webhook_events')).toEqual([
    { state: 'landed', deliveries: 2 },
    { state: 'landed', deliveries: 2 },
  ]);
  expect(await all(`select 1 from voxport_raw.payloads where conversation_id = 'twice'`)).toHaveLength(2);
});

test('what cannot be read is a dead letter with its bytes, and is read again when a version can', async () => {
  await using parts = await openGateway();
  const { target, all, one } = parts;
  const type = 'post_call_transcription';
  const dead = [
    'no JSON at all, \u00ff',
    Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]),
    JSON.stringify({ type, event_timestamp: eventSecs, data: detail(undefined) }),
    JSON.stringify({ type, event_timestamp: eventSecs, data: detail('a'.repeat(300)) }),
    JSON.stringify({ type, event_timestamp: eventSecs, data: detail('für') }),
    JSON.stringify({ type, event_timestamp: eventSecs, data: [detail('in a list')] }),
    JSON.stringify({ type, event_timestamp: eventSecs, data: 'not JSON' }),
    JSON.stringify({ type: 'call_initiation_failure', event_timestamp: eventSecs, data: { failure_reason: 'busy' } }),
  ];
  for (const body of dead) expect(await sendSigned(body, target)).toBe(200);
  expect(await sendSigned(dead[0]!, target)).toBe(200);
  const open = `select failure_id, event_id, stage, error_class, message from voxport_ops.failures where resolved_at is null order by failure_id`;
  const failures = await all(open);
  expect(failures).toHaveLength(dead.length);
  expect(failures[0]).toMatchObject({ stage: 'webhook', error_class: 'unusable_payload' });

  const config = configOf(parts);
  for (const [index, body] of dead.entries()) {
    const shown = await runCommand(config, [
      'failures',
      'show',
      String(failures[index]!['failure_id']),
      '--payload',
      '--json',
    ]);
    expect((JSON.parse(shown.stdout) as { payload: string }).payload).toBe(new TextDecoder().decode(Buffer.from(body)));
  }
  const inVain = await runCommand(config, ['failures', 'retry', '--stage', 'webhook', '--json']);
  expect(JSON.parse(inVain.stdout)).toMatchObject({ webhooks: 0, still_open: dead.length });

  // As an update would: the kept body of one becomes readable.
  const readable = JSON.stringify({ type, event_timestamp: eventSecs, data: detail('readable') });
  await all(`update voxport_raw.webhook_bodies set encoding = 'identity', size_bytes = ${Buffer.byteLength(readable)},
             body = '\\x${Buffer.from(readable).toString('hex')}' where event_id = ${String(failures[0]!['event_id'])}`);
  const again = await runCommand(config, ['failures', 'retry', '--stage', 'webhook', '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ webhooks: 1, still_open: dead.length - 1 });
  await loadAll(parts);
  expect(await one(`select conversation_id from voxport.conversations`)).toEqual({ conversation_id: 'readable' });
  expect(
    await one(
      `select resolution, retries from voxport_ops.failures where failure_id = ${String(failures[0]!['failure_id'])}`,
    ),
  ).toEqual({ resolution: 'recovered', retries: 2 });
  expect(await runCommand(config, ['failures', 'discard', '--stage', 'webhook'])).toMatchObject({ exitCode: 0 });
  expect(await all(open)).toEqual([]);
});

test('the operators’ page has one that cannot be read read again, with the rights of the gateway, and no run for it', async () => {
  await using parts = await openGateway();
  const { gateway, target, all } = parts;
  const bodies = ['no JSON', 'nor this'];
  for (const body of bodies) expect(await sendSigned(body, target)).toBe(200);
  const press = async (fields: string): Promise<string | null> => {
    const headers = { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/x-www-form-urlencoded' };
    const body = `source=support${fields}`;
    const answer = await fetch(`${gateway.url}/failures/retry`, { method: 'POST', redirect: 'manual', headers, body });
    return answer.headers.get('location');
  };
  expect(await press('&stage=webhook')).toBe('/failures?done=unreadable&n=2');
  const readable = JSON.stringify({
    type: 'post_call_transcription',
    event_timestamp: eventSecs,
    data: detail('readable'),
  });
  await all(`update voxport_raw.webhook_bodies set encoding = 'identity', size_bytes = ${Buffer.byteLength(readable)},
             body = '\\x${Buffer.from(readable).toString('hex')}' where event_id = (select min(event_id) from voxport_ops.webhook_events)`);
  // Of another source nothing is meant; of this one all stages.
  expect(await press('x&stage=webhook')).toBe('/failures?done=none&n=0');
  expect(await press('')).toBe('/failures?done=read&n=1');
  expect(await all('select stage, resolution from voxport_ops.failures order by failure_id')).toEqual([
    { stage: 'webhook', resolution: 'recovered' },
    { stage: 'webhook', resolution: null },
  ]);
  expect(await all('select state from voxport_ops.webhook_events order by state')).toEqual([
    { state: 'failed' },
    { state: 'landed' },
  ]);
  expect(await all(`select * from voxport_ops.runs where kind = 'retry'`)).toEqual([]);
});

test('with redaction rules a body is kept only where they can be applied to it', async () => {
  await using parts = await openGateway({
    redact: { rules: [{ action: 'mask', fields: ['messages'], variables: [], paths: [] }], key: null },
  });
  const { target, all } = parts;
  const type = 'post_call_transcription';
  for (const body of [
    'no JSON: Grüezi',
    JSON.stringify({ type, data: `{"message": "Grüezi"` }),
    JSON.stringify({ type, data: detail(undefined) }),
  ])
    expect(await sendSigned(body, target)).toBe(200);
  expect(await all('select message from voxport_ops.failures order by failure_id')).toMatchObject([
    { message: expect.stringContaining('not kept') },
    { message: expect.stringContaining('not kept') },
    { message: expect.stringContaining('is kept') },
  ]);
  const config = configOf(parts);
  const [kept] = await all('select failure_id from voxport_ops.failures order by failure_id desc limit 1');
  const shown = await runCommand(config, ['failures', 'show', String(kept!['failure_id']), '--payload']);
  expect(shown.stdout).toContain('call_duration_secs');
  expect(shown.stdout).not.toContain('Grüezi');
});

test.each([false, true])(
  'what a webhook brought is not deleted by a 404 of an API that has never shown it (mirrored deletions: %s)',
  async (mirrorDeletions) => {
    await using parts = await openGateway({ mirrorDeletions });
    const { context, simulator, target, one } = parts;
    const data = detail('kept_nowhere', { transcript: [], status: 'done' });
    expect(
      await sendSigned(JSON.stringify({ type: 'post_call_transcription', event_timestamp: eventSecs, data }), target),
    ).toBe(200);
    const place = `select state, next_check_at is null as is_settled from voxport_ops.inventory where conversation_id = 'kept_nowhere'`;
    expect(await one(place)).toMatchObject({ state: 'discovered' });
    {
      await using started = new AsyncDisposableStack();
      const loader = await startLoader(context);
      started.defer(() => loader.close());
      const worker = await startWorker(context);
      started.defer(() => worker.close());
      await eventually(async () => (await one(place))['state'] === 'loaded', {
        what: 'the detail request to be ended',
      });
    }
    expect(simulator.stats().requests['detail']).toEqual({ '404': 1 });
    expect(await one(`select origin, deleted_at, duration_secs from voxport.conversations`)).toEqual({
      origin: 'webhook',
      deleted_at: null,
      duration_secs: 20,
    });
  },
);
