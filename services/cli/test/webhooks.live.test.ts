import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLoader } from '@voxport/loader';
import { startWorker } from '@voxport/worker';
import { sendSigned, signWebhook, startSimulator } from '@voxport/simulator';
import { eventually } from '@voxport/testkit';
import { runQuery } from '@voxport/warehouse';
import { expect, onTestFinished, test } from 'vitest';
import { expectTablesToEqualTruth } from './compare-with-truth.ts';
import { createWarehouse, syncOnce, testApiKey } from './export-parts.ts';
import { openGateway, webhookSecret } from './gateway-parts.ts';
import { runCommand } from './run-command.ts';
import { openDatabase, startService } from './voxport.ts';

const events = `select type, state, conversation_id, deliveries, message from voxport_ops.webhook_events order by event_id`;

test('a conversation that came by webhook has the rows that a poll would have given it, and a poll after it changes none', async () => {
  await using parts = await openGateway();
  const { context, simulator, target, one } = parts;
  const loader = await startLoader(context);
  for (let index = 0; index < simulator.count(); index += 1) {
    const conversationId = simulator.conversationIdAt(index);
    expect(await simulator.sendWebhook({ type: 'post_call_transcription', conversationId }, target)).toBe(200);
  }
  await eventually(
    async () => (await one('select count(*) from voxport.conversations'))['count'] === simulator.count(),
    {
      what: 'the webhooks to be loaded',
    },
  );
  await loader.close();
  expect(simulator.stats().requestCount).toBe(0);
  expect(await one('select distinct origin from voxport.conversations')).toEqual({ origin: 'webhook' });
  // A call without a transcript is indistinguishable from a webhook that leaves it out: its detail is wanted.
  expect(
    await one(`select count(*) from voxport_ops.inventory i where (state = 'loaded') = exists (
      select 1 from voxport.transcript_turns t where t.conversation_id = i.conversation_id)`),
  ).toEqual({ count: 8 });
  const children = `select (select count(*) from voxport.transcript_turns) as turns, (select count(*) from voxport.tool_calls) as calls,
    (select count(*) from voxport.llm_usage) as usage, (select sum(cost_credits) from voxport.conversations) as cost`;
  const byWebhook = await one(children);

  expect((await syncOnce(context)).counts).toMatchObject({ listed: 8, failed: 0 });
  expect(await one(children)).toEqual(byWebhook);
  await expectTablesToEqualTruth(context.database, simulator.truths(), 'support');
});

test('an event counts once, whoever sends it again, and an older one never beats what was fetched since', async () => {
  await using parts = await openGateway();
  const { context, simulator, target, one, all } = parts;
  const conversationId = simulator.conversationIdAt(0);
  await syncOnce(context);
  const before = await one(
    `select exported_at, observed_at, origin from voxport.conversations where conversation_id = '${conversationId}'`,
  );
  simulator.updateConversation(conversationId, { tagIds: ['of-the-past'] });
  const late = { ...target, eventUnixSecs: Math.floor(Date.now() / 1000) - 600 };
  for (const _ of [1, 2, 3])
    expect(await simulator.sendWebhook({ type: 'post_call_transcription', conversationId }, late)).toBe(200);
  const loader = await startLoader(context);
  await eventually(
    async () => (await one("select count(*) from voxport_raw.payloads where state = 'landed'"))['count'] === 0,
    {
      what: 'the webhook to be loaded',
    },
  );
  await loader.close();
  expect(await all(events)).toEqual([
    { type: 'post_call_transcription', state: 'landed', conversation_id: conversationId, deliveries: 3, message: null },
  ]);
  expect(await one(`select count(*) from voxport_raw.payloads where conversation_id = '${conversationId}'`)).toEqual({
    count: 2,
  });
  expect(
    await one(
      `select exported_at, observed_at, origin from voxport.conversations where conversation_id = '${conversationId}'`,
    ),
  ).toEqual(before);
});

test('what is not signed by the secret, or too long ago, is refused and leaves no trace; the same body signed is taken', async () => {
  await using parts = await openGateway();
  const { simulator, target, all } = parts;
  const body = JSON.stringify({
    type: 'post_call_transcription',
    event_timestamp: 1,
    data: { conversation_id: 'conv_x' },
  });
  const nowSecs = Math.floor(Date.now() / 1000);
  const post = async (signature: string | null, content: string = body): Promise<number> => {
    const headers = {
      'content-type': 'application/json',
      ...(signature === null ? {} : { 'elevenlabs-signature': signature }),
    };
    return (await fetch(target.url, { method: 'POST', headers, body: content })).status;
  };
  const signature = signWebhook(body, webhookSecret, nowSecs);
  expect(await post(null)).toBe(401);
  expect(await post('t=now,v0=nonsense')).toBe(401);
  expect(await post(signWebhook(body, 'another secret', nowSecs))).toBe(401);
  expect(await post(signature, `${body} `)).toBe(401);
  expect(await post(signature.replace(`t=${nowSecs}`, `t=${nowSecs - 1}`))).toBe(401);
  for (const ageSecs of [31 * 60, -31 * 60])
    expect(await post(signWebhook(body, webhookSecret, nowSecs - ageSecs))).toBe(401);
  expect((await fetch(target.url.replace('support', 'nobody'), { method: 'POST', body })).status).toBe(401);
  expect(await all(events)).toEqual([]);
  expect(await all('select * from voxport_raw.payloads')).toEqual([]);
  // Within the documented tolerance.
  expect(await post(signWebhook(body, webhookSecret, nowSecs - 29 * 60))).toBe(200);
  expect(await post(`${signWebhook(body, 'former secret', nowSecs)},v0=${signature.split('v0=')[1]}`)).toBe(200);
  expect(simulator.stats().requestCount).toBe(0);
});

test('a webhook without its transcript erases none, and has the detail asked for', async () => {
  await using parts = await openGateway({ mirrorDeletions: true });
  const { context, simulator, target, one } = parts;
  const conversationId = simulator.conversationIdAt(1);
  await syncOnce(context);
  const turns = `select count(*) from voxport.transcript_turns where conversation_id = '${conversationId}'`;
  const before = await one(turns);
  expect(Number(before['count'])).toBeGreaterThan(0);
  simulator.resetStats();
  const content = { type: 'post_call_transcription', conversationId, excludesTranscript: true } as const;
  expect(await simulator.sendWebhook(content, target)).toBe(200);

  const loader = await startLoader(context);
  await eventually(
    async () => (await one("select count(*) from voxport_raw.payloads where state = 'landed'"))['count'] === 0,
    {
      what: 'the webhook to be loaded',
    },
  );
  expect(await one(turns)).toEqual(before);
  const worker = await startWorker(context);
  await eventually(
    async () =>
      (await one(`select state from voxport_ops.inventory where conversation_id = '${conversationId}'`))['state'] ===
      'loaded',
    { what: 'the detail to be fetched and loaded' },
  );
  await worker.close();
  await loader.close();
  expect(simulator.stats().requestCount).toBe(1);
  expect(await one(turns)).toEqual(before);
  await expectTablesToEqualTruth(context.database, simulator.truths(), 'support');
});

test('types that nobody knows, and bodies that nobody can read, are acknowledged and kept', async () => {
  await using parts = await openGateway();
  const { context, target, all, one } = parts;
  const unknown = JSON.stringify({
    type: 'post_call_hologram',
    event_timestamp: 1_790_000_000,
    data: { conversation_id: 'conv_h', n: 1 },
  });
  const unnamed = JSON.stringify({ type: 'account_notice', data: { text: 'hello' } });
  for (const body of [
    unknown,
    unknown,
    unnamed,
    unnamed,
    'this is no JSON',
    '[]',
    '{"type": "post_call_transcription", "data": {}}',
  ])
    expect(await sendSigned(body, target), body).toBe(200);
  expect(await all(events)).toMatchObject([
    { type: 'post_call_hologram', state: 'stored', conversation_id: 'conv_h', deliveries: 2 },
    { type: 'account_notice', state: 'stored', conversation_id: null, deliveries: 2 },
    { type: 'unreadable', state: 'failed', deliveries: 1 },
    { type: 'unreadable', state: 'failed', deliveries: 1 },
    {
      type: 'post_call_transcription',
      state: 'failed',
      message: expect.stringMatching(/^The event names no conversation: .* retry reads it again/) as string,
    },
  ]);
  expect(await one('select count(*) from voxport_raw.webhook_bodies')).toEqual({ count: 5 });

  // An erasure takes them along.
  const config = {
    databaseUrl: parts.databaseUrl,
    queueUrl: null,
    sources: context.sources.map((source) => source.config),
  };
  expect(await runCommand(config, ['erase', '--conversation', 'conv_h', '--yes'])).toMatchObject({ exitCode: 0 });
  expect(await one('select count(*) from voxport_raw.webhook_bodies')).toEqual({ count: 4 });
  expect(await one(`select count(*) from voxport_ops.webhook_events where conversation_id = 'conv_h'`)).toEqual({
    count: 0,
  });
  expect(await sendSigned(unknown, target)).toBe(200);
  expect(await one('select count(*) from voxport_raw.webhook_bodies')).toEqual({ count: 4 });
});

test('an erased conversation does not come back by webhook', async () => {
  await using parts = await openGateway();
  const { context, simulator, target, all, one } = parts;
  const conversationId = simulator.conversationIdAt(2);
  await syncOnce(context);
  const config = {
    databaseUrl: parts.databaseUrl,
    queueUrl: null,
    sources: context.sources.map((source) => source.config),
  };
  expect(await runCommand(config, ['erase', '--conversation', conversationId, '--yes'])).toMatchObject({ exitCode: 0 });
  expect(await simulator.sendWebhook({ type: 'post_call_transcription', conversationId }, target)).toBe(200);
  expect(await all(events)).toMatchObject([{ state: 'ignored', conversation_id: null }]);
  for (const table of ['voxport_raw.payloads', 'voxport_ops.inventory', 'voxport.conversations'])
    expect(await one(`select count(*) from ${table} where conversation_id = '${conversationId}'`), table).toEqual({
      count: 0,
    });
});

test('redaction rules hold before anything of a webhook is stored', async () => {
  await using parts = await openGateway({
    redact: { rules: [{ action: 'mask', fields: ['messages', 'phone_numbers'], variables: [], paths: [] }], key: null },
  });
  const { context, simulator, target, all } = parts;
  const conversationId = simulator.conversationIdAt(3);
  const detail = JSON.parse(simulator.detailText(conversationId)!) as { transcript: { message: string | null }[] };
  const said = detail.transcript
    .map(({ message }) => message)
    .find((message) => message !== null && message.length > 10)!;
  expect(await simulator.sendWebhook({ type: 'post_call_transcription', conversationId }, target)).toBe(200);
  const failure = {
    type: 'call_initiation_failure',
    conversationId: 'conv_busy',
    agentId: 'agent_1',
    reason: 'busy',
    provider: 'twilio',
    report: { From: '+41791234567', To: '+41441112233', CallSid: 'CA1' },
  } as const;
  expect(await simulator.sendWebhook(failure, target)).toBe(200);
  expect(
    await sendSigned(JSON.stringify({ type: 'unknown_kind', event_timestamp: 5, data: { text: said } }), target),
  ).toBe(200);
  const loader = await startLoader(context);
  await eventually(async () => (await all('select * from voxport.initiation_failures')).length === 1, {
    what: 'the failure to be loaded',
  });
  await loader.close();
  const [row] = await all('select * from voxport.initiation_failures');
  expect(row).toMatchObject({
    failure_reason: 'busy',
    provider: 'twilio',
    details: { CallSid: 'CA1', From: '[redacted]' },
  });
  const bodies = await all(`select encode(body, 'base64') as body, size_bytes from voxport_raw.payloads`);
  expect(bodies).toHaveLength(2);
  expect(JSON.stringify(await all('select message from voxport.transcript_turns'))).not.toContain(said);
  expect(await all('select * from voxport_raw.webhook_bodies')).toEqual([]);
  expect(await all(events)).toMatchObject([{}, {}, { type: 'unknown_kind', state: 'ignored' }]);
});

test('a call that never began becomes a row, and a reload makes it again', async () => {
  await using parts = await openGateway();
  const { context, simulator, target, all } = parts;
  const failure = (reason: string) =>
    ({
      type: 'call_initiation_failure',
      conversationId: 'conv_no_answer',
      agentId: 'agent_1',
      reason,
      provider: 'sip',
      report: { sip_status_code: 486, headers: { authorization: 'Basic secret' } },
    }) as const;
  const rows = `select conversation_id, agent_id, failure_reason, provider, occurred_at, details from voxport.initiation_failures`;
  const nowSecs = Math.floor(Date.now() / 1000);
  expect(await simulator.sendWebhook(failure('busy'), { ...target, eventUnixSecs: nowSecs })).toBe(200);
  expect(await simulator.sendWebhook(failure('no-answer'), { ...target, eventUnixSecs: nowSecs - 60 })).toBe(200);
  const loader = await startLoader(context);
  await eventually(async () => (await all("select 1 from voxport_raw.payloads where state = 'loaded'")).length === 2, {
    what: 'both to be loaded',
  });
  await loader.close();
  const loaded = await all(rows);
  expect(loaded).toEqual([
    {
      conversation_id: 'conv_no_answer',
      agent_id: 'agent_1',
      failure_reason: 'busy',
      provider: 'sip',
      occurred_at: new Date(nowSecs * 1000),
      details: { sip_status_code: 486, headers: { authorization: '[redacted]' } },
    },
  ]);
  await all('delete from voxport.initiation_failures');
  const config = {
    databaseUrl: parts.databaseUrl,
    queueUrl: null,
    sources: context.sources.map((source) => source.config),
  };
  expect(await runCommand(config, ['reload', '--json'])).toMatchObject({ exitCode: 0 });
  expect(await all(rows)).toEqual(loaded);
});

test('a recording that comes by webhook is stored, before or after its conversation, and no worker fetches it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-webhook-audio-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await using parts = await openGateway({ audio: { store: { directory }, recordingBytesMax: 64 * 1024 * 1024 } });
  const { context, simulator, target, all, one } = parts;
  const ids = [...Array(simulator.count()).keys()].map((index) => simulator.conversationIdAt(index));
  const withAudio = ids.filter((id) => (JSON.parse(simulator.detailText(id)!) as { has_audio: boolean }).has_audio);
  expect(withAudio.length).toBeGreaterThan(1);
  const [early, ...later] = withAudio as [string, ...string[]];
  expect(await simulator.sendWebhook({ type: 'post_call_audio', conversationId: early }, target)).toBe(200);
  expect(await one('select count(*) from voxport_ops.received_recordings')).toEqual({ count: 1 });
  const audioRequests = (): number =>
    Object.values(simulator.stats().requests['audio'] ?? {}).reduce((sum, count) => sum + count, 0);
  await syncOnce(context);
  const stored = `select state, location, size_bytes, sha256 from voxport.recordings where conversation_id = '${early}'`;
  expect(await one(stored)).toMatchObject({ state: 'stored' });
  expect(await one('select count(*) from voxport_ops.received_recordings')).toEqual({ count: 0 });
  expect(audioRequests()).toBe(later.length);

  // A large one, through a file and not through memory; its envelope names the conversation after the sound.
  const sound = randomBytes(20 * 1024 * 1024);
  const body = Buffer.concat([
    Buffer.from('{"data": {"full_audio": "'),
    Buffer.from(sound.toString('base64')),
    Buffer.from(
      `", "conversation_id": "${early}", "agent_id": "a"}, "event_timestamp": 1790000000, "type": "post_call_audio"}`,
    ),
  ]);
  expect(await sendSigned(body, target)).toBe(200);
  const row = await one(stored);
  expect(row).toMatchObject({ state: 'stored', size_bytes: sound.length });
  expect(Buffer.compare(await readFile(join(directory, String(row['location']))), sound)).toBe(0);

  // And one that is larger than it may be.
  const tooLarge = `{"type": "post_call_audio", "event_timestamp": 2, "data": {"conversation_id": "${early}", "full_audio": "${'A'.repeat(86 * 1024 * 1024)}"}}`;
  expect(await sendSigned(tooLarge, target)).toBe(200);
  expect((await all(events)).at(-1)).toMatchObject({
    type: 'post_call_audio',
    state: 'ignored',
    message: 'The recording is larger than max_size_mb.',
  });
  expect(await one(stored)).toEqual(row);
});

test('without a place for recordings, one is acknowledged and dropped, whatever its size; other bodies have a limit', async () => {
  await using parts = await openGateway();
  const { target, all } = parts;
  const audio = `{"type": "post_call_audio", "event_timestamp": 2, "data": {"conversation_id": "conv_a", "full_audio": "${'A'.repeat(70 * 1024 * 1024)}"}}`;
  expect(await sendSigned(audio, target)).toBe(200);
  const transcript = `{"type": "post_call_transcription", "event_timestamp": 2, "data": {"conversation_id": "conv_a", "x": "${'A'.repeat(70 * 1024 * 1024)}"}}`;
  expect(await sendSigned(transcript, target)).toBe(413);
  expect(await all(events)).toMatchObject([{ type: 'post_call_audio', state: 'ignored' }]);
});

test('a gateway that is killed at any moment loses nothing that it has acknowledged, and doubles nothing', async () => {
  const conversationCount = 40;
  const nowSecs = Math.floor(Date.now() / 1000);
  await using simulator = await startSimulator({
    seed: 32,
    apiKey: testApiKey,
    conversationCount,
    startUnixSecs: nowSecs - 7200,
    endUnixSecs: nowSecs - 3600,
  });
  await using warehouse = await createWarehouse();
  const database = await openDatabase(warehouse.url);
  const query = (text: string) => runQuery(database.kysely, text);
  const env = {
    DATABASE_URL: warehouse.url,
    ELEVENLABS_API_KEY: testApiKey,
    ELEVENLABS_BASE_URL: simulator.url,
    ELEVENLABS_WEBHOOK_SECRET: webhookSecret,
    VOXPORT_HTTP_PORT: '0',
    VOXPORT_OPERATOR_TOKEN: 'operator-token-of-these-tests',
    LOG_LEVEL: 'info',
  };
  const start = async () => {
    const process = startService('gateway', env);
    const line = await process.waitForLine(/page is up/u);
    const { url } = JSON.parse(line) as { url: string };
    return { process, target: { url: `${url}/webhooks/elevenlabs`, secret: webhookSecret } };
  };

  let running = await start();
  let kills = 0;
  const eventUnixSecs = nowSecs - 60;
  const deliver = async (conversationId: string): Promise<void> => {
    for (;;) {
      const { target } = running;
      const status = await simulator
        .sendWebhook({ type: 'post_call_transcription', conversationId }, { ...target, eventUnixSecs })
        .catch(() => null);
      if (status === 200) return;
      // The vendor tries again where no answer came; here as soon as there is a gateway again.
      await eventually(() => running.target !== target, { what: 'another gateway' });
    }
  };
  const ids = Array.from({ length: conversationCount }, (_, index) => simulator.conversationIdAt(index));
  const delivering = (async () => {
    for (let at = 0; at < ids.length; at += 8) await Promise.all(ids.slice(at, at + 8).map(deliver));
  })();
  const killing = (async () => {
    for (; kills < 3; kills += 1) {
      const seen = await eventually(
        async () => Number((await query('select count(*) from voxport_ops.webhook_events'))[0]?.['count']) > kills * 8,
        { what: 'webhooks to come in' },
      );
      expect(seen).toBe(true);
      running.process.kill('SIGKILL');
      await running.process.exited;
      running = await start();
    }
  })();
  await Promise.all([delivering, killing]);
  expect(kills).toBe(3);
  running.process.kill('SIGTERM');
  expect((await running.process.exited).code).toBe(0);
  const once = `select count(*) as events, count(distinct conversation_id) as conversations, min(deliveries) as least from voxport_ops.webhook_events`;
  expect(await query(once)).toEqual([{ events: conversationCount, conversations: conversationCount, least: 1 }]);
  const landed = `select count(*) as payloads, count(distinct conversation_id) as conversations from voxport_raw.payloads where state = 'landed'`;
  expect(await query(landed)).toEqual([{ payloads: conversationCount, conversations: conversationCount }]);
});
