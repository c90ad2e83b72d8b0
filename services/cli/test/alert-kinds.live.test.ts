import { secret, type AlertsConfig, type SourceConfig } from '@voxport/runtime';
import { startLoader } from '@voxport/loader';
import { makeSourcePlanner } from '@voxport/scheduler';
import { startSimulator } from '@voxport/simulator';
import { describeWithRedisServer, startRedisServer } from '@voxport/testkit';
import { finishRun, pauseSource, resumeSource, runQuery, startRun } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import {
  execute,
  lookedAgain,
  makeClock,
  quickAlerts,
  receiverAt,
  settled,
  startReceiver,
  until,
  watch,
} from './alert-parts.ts';
import { createWarehouse, openTestContext, syncOnce, testApiKey, testSource } from './export-parts.ts';
import { makeRunCommand } from './make-run-command.ts';

const hourMs = 3_600_000;

/** A simulated source with calls of the last hours, a warehouse, a receiver, and everything open. */
async function openParts(
  options: {
    conversations?: number;
    source?: Partial<SourceConfig>;
    queueUrl?: string;
    nowMs?: number;
  } = {},
) {
  await using opened = new AsyncDisposableStack();
  const nowMs = Date.now();
  const simulator = opened.use(
    await startSimulator({
      conversationCount: options.conversations ?? 20,
      apiKey: testApiKey,
      startUnixSecs: Math.floor((nowMs - 5 * hourMs) / 1000),
      endUnixSecs: Math.floor((nowMs - 2 * hourMs) / 1000),
    }),
  );
  const warehouse = opened.use(await createWarehouse());
  const receiver = opened.use(await startReceiver());
  const config = {
    databaseUrl: warehouse.url,
    queueUrl: options.queueUrl ?? null,
    sources: [testSource(simulator.url, options.source)],
  };
  const { context } = opened.use(await openTestContext(config));
  const clock = makeClock(context);
  const kept = opened.move();
  return {
    simulator,
    receiver,
    context,
    clock,
    voxport: makeRunCommand(config),
    alerts: (changes: Partial<AlertsConfig> = {}) => quickAlerts([receiverAt(receiver.url)], changes),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

type Parts = Awaited<ReturnType<typeof openParts>>;

/** Waits for the one alert of a kind; holds that it is told once, however often the pipeline is looked at. */
async function toldOnce({ receiver, context }: Parts, kind: string) {
  const [alert] = await until(() => receiver.alerts(kind), { until: (alerts) => alerts.length > 0, what: kind });
  await lookedAgain(context);
  expect(receiver.alerts(kind)).toEqual([alert]);
  expect(alert).toMatchObject({ event: 'opened', kind });
  return alert!;
}

/** Holds that an alert that is over is told to be over, once. */
async function recovered({ receiver, context, clock }: Parts, kind: string): Promise<void> {
  await settled(context, clock);
  await until(() => receiver.alerts(kind).at(-1)?.event, {
    until: (event) => event === 'recovered',
    what: `the recovery of ${kind}`,
  });
  await lookedAgain(context);
  expect(receiver.alerts(kind).map(({ event }) => event)).toEqual(['opened', 'recovered']);
}

describe('an alert fires, is not repeated, and recovers', () => {
  test('dead letters: one for a class, not one for each', async () => {
    await using parts = await openParts();
    const { simulator, context, voxport } = parts;
    const broken = [1, 5, 9].map((index) => simulator.conversationIdAt(index));
    simulator.setFaults([
      {
        match: { endpoint: 'detail', conversationId: broken },
        action: { do: 'status', status: 400, body: { detail: { code: 'invalid_parameters', message: 'no' } } },
      },
    ]);
    await syncOnce(context);
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts(), parts.clock));
    const alert = await toldOnce(parts, 'dead_letters');
    expect(alert).toMatchObject({ severity: 'warning', source_id: 'support', count: 3 });
    expect(alert.command).toBe('voxport failures retry --source support --stage fetch --class invalid_request');
    simulator.setFaults([]);
    expect((await voxport(...alert.command.split(' ').slice(1))).exitCode).toBe(0);
    await syncOnce(context);
    await recovered(parts, 'dead_letters');
  });

  test('a source that refuses its key', async () => {
    await using parts = await openParts({ source: { apiKey: secret('sk_a_key_that_is_wrong') } });
    const { context, receiver } = parts;
    const worker = await startWorker(context);
    const planner = makeSourcePlanner(context, context.sources[0]!);
    const runId = await startRun(context.database.kysely, {
      kind: 'sync',
      sourceId: 'support',
      range: null,
      filters: {},
    });
    await planner.planSync(runId);
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts(), parts.clock));
    const alert = await toldOnce(parts, 'source_paused');
    await worker.close();
    expect(alert).toMatchObject({ severity: 'critical', source_id: 'support', command: 'voxport doctor' });
    expect(alert.title).toContain('401');
    expect(JSON.stringify(receiver.requests)).not.toContain('sk_a_key_that_is_wrong');
    await resumeSource(context.database.kysely, 'support');
    await recovered(parts, 'source_paused');
  });

  test('tables that are behind their objective; not before the fleet had time to catch up, and not while the source is paused', async () => {
    await using parts = await openParts({ source: { freshnessSecs: 3600 } });
    const { context, receiver, clock } = parts;
    await syncOnce(context);
    await execute(
      context,
      `update voxport_ops.coverage set listed = tstzmultirange(tstzrange(null, now() - interval '2 hours'))`,
    );
    await pauseSource(context.database.kysely, { sourceId: 'support', code: 'forbidden', reason: 'no' });
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts(), clock));
    await lookedAgain(context);
    clock.ahead(6 * 60_000);
    await lookedAgain(context);
    expect(receiver.alerts('freshness')).toEqual([]);
    await resumeSource(context.database.kysely, 'support');
    const alert = await toldOnce(parts, 'freshness');
    expect(alert).toMatchObject({ severity: 'warning', command: 'voxport sync --source support' });
    expect(alert.title).toMatch(/^support: 2 h \d+ min behind, objective 1 h$/u);
    await syncOnce(context);
    await recovered(parts, 'freshness');
  });

  test('a run that is slower than its usual; one that has the more to do is not', async () => {
    await using parts = await openParts();
    const { context, receiver } = parts;
    const { kysely } = context.database;
    const start = () => startRun(kysely, { kind: 'sync', sourceId: 'support', range: null, filters: {} });
    for (let run = 0; run < 4; run += 1) {
      const runId = await start();
      await finishRun(kysely, runId);
      await execute(
        context,
        `update voxport_ops.runs set started_at = now() - interval '1 day', finished_at = now() - interval '1 day' + interval '${4 + run} minutes',
           pages = 5, fetched = 95 where run_id = ${runId}`,
      );
    }
    const slow = await start();
    const busy = await start();
    await execute(
      context,
      `update voxport_ops.runs set started_at = now() - interval '30 minutes' where run_id in (${slow}, ${busy})`,
    );
    await execute(
      context,
      `insert into voxport_ops.windows (run_id, source_id, range_before, priority, origin, pages) values (${busy}, 'support', now(), 'live', 'poll', 300)`,
    );
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts(), parts.clock));
    const alert = await toldOnce(parts, 'slow_run');
    expect(alert.title).toBe(`support: sync ${slow} has taken 30 min, usually 5 min`);
    expect(alert.command).toBe(`voxport runs show ${slow}`);
    await finishRun(kysely, slow);
    await recovered(parts, 'slow_run');
    expect(receiver.alerts('slow_run')).toHaveLength(2);
  });

  test('jobs that wait while nothing is consumed; a worker and a loader fix it', async () => {
    await using parts = await openParts();
    const { context, receiver, clock } = parts;
    const planner = makeSourcePlanner(context, context.sources[0]!);
    const runId = await startRun(context.database.kysely, {
      kind: 'sync',
      sourceId: 'support',
      range: null,
      filters: {},
    });
    await planner.planSync(runId);
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts({ stuckAfterSecs: 600 }), clock));
    await lookedAgain(context);
    expect(receiver.alerts('consumption_stuck')).toEqual([]);
    clock.ahead(11 * 60_000);
    // No scheduler runs either: planning is stuck as well.
    const alerts = await until(() => receiver.alerts('consumption_stuck'), {
      until: (all) => all.length === 2,
      what: 'consumption to be stuck',
    });
    expect(alerts.map(({ title }) => title).toSorted()).toEqual([
      'support: fetch has been stuck for 11 min',
      'support: plan has been stuck for 11 min',
    ]);
    const fetchAlert = alerts.find(({ title }) => title.includes('fetch'));
    expect(fetchAlert).toMatchObject({ severity: 'critical', command: 'voxport rebuild-queue --source support' });
    expect(fetchAlert?.detail).toContain('No worker is running');
    const loader = await startLoader(context);
    const worker = await startWorker(context);
    try {
      await until(
        async () => {
          clock.ahead(2000);
          // The clock that was put ahead makes what has just landed look old: the loader's own alert may come and go
          // meanwhile.
          return receiver
            .alerts('consumption_stuck')
            .filter(({ event, title }) => event === 'recovered' && title.includes('fetch'));
        },
        { until: (all) => all.length === 1, what: 'the fetch queue to be consumed' },
      );
    } finally {
      await worker.close();
      await loader.close();
    }
  });

  test('payloads that landed and that no loader takes up; and a whole fleet that starts again after hours is given its time', async () => {
    await using parts = await openParts();
    const { context, receiver, clock } = parts;
    const planner = makeSourcePlanner(context, context.sources[0]!);
    const runId = await startRun(context.database.kysely, {
      kind: 'sync',
      sourceId: 'support',
      range: null,
      filters: {},
    });
    await planner.planSync(runId);
    const worker = await startWorker(context);
    try {
      await until(
        () => runQuery(context.database.kysely, `select 1 from voxport_raw.payloads where state = 'landed'`),
        { until: (rows) => rows.length === 20, what: 'everything to land' },
      );
    } finally {
      await worker.close();
    }
    clock.ahead(3 * hourMs);
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts({ stuckAfterSecs: 600 }), clock));
    await lookedAgain(context);
    expect(receiver.alerts('consumption_stuck')).toEqual([]);
    clock.ahead(11 * 60_000);
    const stuck = await until(
      () => receiver.alerts('consumption_stuck').filter(({ title }) => title.includes('load')),
      {
        until: (all) => all.length === 1,
        what: 'loading to be stuck',
      },
    );
    expect(stuck[0]).toMatchObject({ severity: 'critical', command: 'voxport rebuild-queue --source support' });
    const loader = await startLoader(context);
    try {
      await parts.voxport(...stuck[0]!.command.split(' ').slice(1));
      await until(
        async () => {
          clock.ahead(2000);
          return receiver.alerts('consumption_stuck').filter(({ event }) => event === 'recovered');
        },
        { until: (all) => all.some(({ title }) => title.includes('load')), what: 'what landed to be loaded' },
      );
    } finally {
      await loader.close();
    }
  });

  test('gaps that a verification found', async () => {
    await using parts = await openParts();
    const { context, simulator, voxport } = parts;
    await syncOnce(context);
    const range = ['--from', new Date(Date.now() - 6 * hourMs).toISOString(), '--to', new Date().toISOString()];
    const lost = [2, 4].map((index) => `'${simulator.conversationIdAt(index)}'`).join(', ');
    await execute(context, `delete from voxport.conversations where conversation_id in (${lost})`);
    expect((await voxport('verify', ...range)).exitCode).toBe(1);
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts(), parts.clock));
    const alert = await toldOnce(parts, 'verification_gaps');
    expect(alert).toMatchObject({ severity: 'warning', count: 2 });
    expect(alert.command).toMatch(/^voxport verify --source support --from \S+Z --to \S+Z --heal$/u);
    // What the alert says is what fixes it.
    await voxport(...alert.command.split(' ').slice(1));
    await syncOnce(context);
    expect((await voxport(...alert.command.replace(' --heal', '').split(' ').slice(1))).exitCode).toBe(0);
    await recovered(parts, 'verification_gaps');
  });

  test('payloads that hold what the tables do not expect: how many is told, neither where nor what', async () => {
    await using parts = await openParts({ conversations: 3 });
    const { context, simulator, receiver } = parts;
    const conversationId = simulator.conversationIdAt(1);
    const detail = await fetch(`${simulator.url}/v1/convai/conversations/${conversationId}`, {
      headers: { 'xi-api-key': testApiKey },
    });
    const body = { ...((await detail.json()) as Record<string, unknown>), '+41795550123': 'what was said in private' };
    simulator.setFaults([
      {
        match: { endpoint: 'detail', conversationId: [conversationId] },
        action: { do: 'status', status: 200, body },
      },
    ]);
    await syncOnce(context);
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts(), parts.clock));
    const alert = await toldOnce(parts, 'schema_drift');
    expect(alert).toMatchObject({ severity: 'info', count: 1, command: 'voxport reload --source support' });
    expect(alert.detail).toContain('unknown key: 1.');
    expect(JSON.stringify(receiver.requests)).not.toMatch(/private|41795550123/u);
    await execute(context, `delete from voxport_ops.schema_drift`);
    await recovered(parts, 'schema_drift');
  });

  test('a webhook that is silent while calls end; one that was just set up is not', async () => {
    await using parts = await openParts({ source: { webhookSecrets: [secret('wsec_test')] } });
    const { context, receiver, clock } = parts;
    await syncOnce(context);
    {
      await using earlier = new AsyncDisposableStack();
      earlier.use(await watch(context, parts.alerts(), clock));
      await lookedAgain(context);
      expect(receiver.alerts('webhook_silent')).toEqual([]);
    }
    // The same calls, for somebody who has been watching since before they ended.
    await clock.set(new Date(Date.now() - 6 * hourMs));
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts(), clock));
    await execute(context, `update voxport_ops.alert_state set evaluated_at = null`);
    await lookedAgain(context);
    await clock.set(new Date());
    const alert = await toldOnce(parts, 'webhook_silent');
    expect(alert).toMatchObject({ severity: 'warning', count: 20, command: 'voxport doctor' });
    await execute(
      context,
      `insert into voxport_ops.webhook_events (source_id, type, conversation_id, event_at, state) values ('support', 'post_call_transcription', 'conv_1', now(), 'landed')`,
    );
    await recovered(parts, 'webhook_silent');
  });

  test('a database near its limit', async () => {
    await using parts = await openParts({ conversations: 1 });
    const { context, clock } = parts;
    {
      await using earlier = new AsyncDisposableStack();
      earlier.use(await watch(context, parts.alerts({ databaseBytesMax: 1_000_000 }), clock));
      const alert = await toldOnce(parts, 'disk');
      expect(alert).toMatchObject({ severity: 'critical', source_id: null });
    }
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts({ databaseBytesMax: 1e15 }), clock));
    await recovered(parts, 'disk');
  });
});

describeWithRedisServer('an alert about Redis', () => {
  test('fires while its memory is near the limit, and about a store that is away; a store that is away recovers nothing', async () => {
    const server = await startRedisServer({ persistent: true });
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => {});
    await using parts = await openParts({ conversations: 1, queueUrl: server.url });
    const { context, receiver, clock } = parts;
    // So much that what the connections take is nothing beside it.
    await redis.set('somebody-else', 'x'.repeat(20_000_000));
    // The server holds the command's own buffer for a while: 43 MB are used then, and 22 MB once it is released.
    const used = await until(async () => Number(/used_memory:(\d+)/u.exec(await redis.info('memory'))?.[1]), {
      until: (bytes) => bytes < 30_000_000,
      what: 'the buffer of the command to be released',
    });
    await redis.config('SET', 'maxmemory', String(Math.round(used / 0.85)));
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, parts.alerts(), clock));
    const alert = await toldOnce(parts, 'queue_memory');
    expect(alert).toMatchObject({ severity: 'warning', source_id: null });
    expect(alert.command).toMatch(/^redis-cli config set maxmemory \d+mb$/u);

    await server.kill();
    const silent = await until(
      async () => {
        clock.ahead(10_000);
        return receiver.alerts('consumption_stuck');
      },
      { until: (all) => all.length > 0, what: 'the silence of the store' },
    );
    expect(silent).toMatchObject([{ event: 'opened', severity: 'critical', command: 'voxport doctor' }]);
    expect(receiver.alerts('queue_memory').map(({ event }) => event)).not.toContain('recovered');

    await server.restart();
    // A restart forgets what was set by hand: the memory is in order again, and so is the store.
    await settled(context, clock);
    await until(() => receiver.alerts().filter(({ event }) => event === 'recovered'), {
      until: (all) => all.length === 2,
      what: 'both recoveries',
    });
    redis.disconnect();
  });
});
