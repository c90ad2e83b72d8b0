import { secret } from '@voxport/runtime';
import { startScheduler } from '@voxport/scheduler';
import { startLoader } from '@voxport/loader';
import { startWorker } from '@voxport/worker';
import { startSimulator } from '@voxport/simulator';
import { pauseSource, recordFailure, resumeSource, runQuery } from '@voxport/warehouse';
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
  type Receiver,
} from './alert-parts.ts';
import { createWarehouse, openTestContext, testApiKey, testSource } from './export-parts.ts';

/** A warehouse with one source, and a receiver; no API is asked. */
async function openParts(options: { baseUrl?: string } = {}) {
  await using opened = new AsyncDisposableStack();
  const warehouse = opened.use(await createWarehouse());
  const receiver = opened.use(await startReceiver());
  const sources = [testSource(options.baseUrl ?? 'http://127.0.0.1:9', { freshnessSecs: null })];
  const { context } = opened.use(await openTestContext({ databaseUrl: warehouse.url, queueUrl: null, sources }));
  const { kysely } = context.database;
  const kept = opened.move();
  return {
    receiver,
    context,
    clock: makeClock(context),
    /** A dead letter of a class of its own: a warning. */
    fail: (code: 'server_error' | 'timeout' | 'mapping' | 'connection') =>
      recordFailure(kysely, {
        sourceId: 'support',
        stage: 'fetch',
        conversationId: `conv_${code}`,
        windowId: null,
        runId: null,
        code,
        message: 'the caller said: my card number is 4111',
        status: null,
        attempts: 8,
        payloadId: null,
      }),
    remedy: (code: string) =>
      execute(context, `update voxport_ops.failures set resolved_at = now() where error_class = '${code}'`),
    pause: () => pauseSource(kysely, { sourceId: 'support', code: 'unauthorized', reason: 'no such key' }),
    resume: () => resumeSource(kysely, 'support'),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What a receiver was told, in short. */
const told = (receiver: Receiver): string[] =>
  receiver.alerts().map(({ event, title }) => `${event} ${/\((\w+)\)/u.exec(title)?.[1] ?? title}`);

describe('delivery', () => {
  test('a receiver that is away for a while loses nothing, is told in order, once each, and by the same key', async () => {
    await using parts = await openParts();
    const { receiver, context, clock } = parts;
    await receiver.goAway();
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, quickAlerts([receiverAt(receiver.url)]), clock));
    await parts.fail('server_error');
    await parts.pause();
    await lookedAgain(context);
    await parts.remedy('server_error');
    await settled(context, clock);
    // Reminders of hours without the receiver come to one.
    for (let hours = 0; hours < 3; hours += 1) {
      clock.ahead(5 * 3_600_000);
      await lookedAgain(context);
    }
    const waiting = await runQuery(
      context.database.kysely,
      `select event, attempts > 0 as tried, last_error from voxport_ops.alert_deliveries order by delivery_id`,
    );
    expect(waiting.map(({ event }) => event)).toEqual(['opened', 'opened', 'recovered']);
    expect(JSON.stringify(waiting)).toContain('ECONNREFUSED');
    expect(JSON.stringify(waiting)).not.toContain('secret-path');

    await receiver.comeBack();
    await until(
      () => {
        clock.ahead(60_000);
        return told(receiver);
      },
      { until: (all) => all.length >= 3, what: 'everything to be told' },
    );
    await lookedAgain(context);
    const [first, second, third] = told(receiver);
    expect(new Set([first, second])).toEqual(
      new Set(['opened server_error', 'opened support: paused, 401: the key is missing, wrong or revoked']),
    );
    expect(third).toBe('recovered server_error');
    const keys = receiver.requests.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('a receiver that refuses one thing is told the others, and what came back names no secret', async () => {
    await using parts = await openParts();
    const { receiver, context, clock } = parts;
    receiver.answer(400);
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, quickAlerts([receiverAt(receiver.url)]), clock));
    await parts.fail('server_error');
    const [refused] = await until(
      () =>
        runQuery(
          context.database.kysely,
          `select last_error, idempotency_key from voxport_ops.alert_deliveries where attempts > 0 and claimed_until is null`,
        ),
      { until: (rows) => rows.length > 0, what: 'the refusal' },
    );
    expect(refused?.['last_error']).toMatch(/^400: refused at .*\[secret\]/u);
    receiver.answer(200);
    await parts.fail('timeout');
    await until(() => told(receiver), { until: (all) => all.length === 1, what: 'the other alert' });
    expect(told(receiver)).toEqual(['opened timeout']);
    clock.ahead(10_000);
    await until(() => told(receiver), { until: (all) => all.length === 2, what: 'the refused alert' });
    expect(receiver.requests.at(-1)?.headers['idempotency-key']).toBe(refused?.['idempotency_key']);
  });

  test('an alert that stays open is told again after the configured time, and one that grows tenfold before', async () => {
    await using parts = await openParts();
    const { receiver, context, clock } = parts;
    await using watches = new AsyncDisposableStack();
    watches.use(
      await watch(
        context,
        quickAlerts([receiverAt(receiver.url)], { remindAfterSecs: 4 * 3600, deadLettersCritical: 50 }),
        clock,
      ),
    );
    await parts.fail('mapping');
    await until(() => told(receiver), { until: (all) => all.length === 1, what: 'the alert' });
    clock.ahead(4 * 3_600_000);
    await until(() => told(receiver), { until: (all) => all.length === 2, what: 'the reminder' });
    await lookedAgain(context);
    expect(told(receiver)).toEqual(['opened mapping', 'reminder mapping']);
    await execute(
      context,
      `insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message)
       select 'support', 'fetch', 'more_' || n, 'mapping', 'x' from generate_series(1, 20) n`,
    );
    await lookedAgain(context);
    expect(told(receiver)).toHaveLength(2);
    clock.ahead(3_700_000);
    await until(() => told(receiver), { until: (all) => all.length === 3, what: 'the growth' });
    await execute(
      context,
      `insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message)
       select 'support', 'fetch', 'many_' || n, 'mapping', 'x' from generate_series(1, 60) n`,
    );
    await until(() => told(receiver), { until: (all) => all.length === 4, what: 'the graver alert' });
    expect(receiver.alerts().map(({ event, severity, count }) => [event, severity, count])).toEqual([
      ['opened', 'warning', 1],
      ['reminder', 'warning', 1],
      ['changed', 'warning', 21],
      ['changed', 'critical', 81],
    ]);
    expect(JSON.stringify(receiver.requests)).not.toContain('4111');
  });

  test('each receiver is told from its least severity on', async () => {
    await using parts = await openParts();
    const { receiver, context, clock } = parts;
    await using pager = await startReceiver();
    await using watches = new AsyncDisposableStack();
    watches.use(
      await watch(
        context,
        quickAlerts([receiverAt(receiver.url), receiverAt(pager.url, { name: 'pager', minSeverity: 'critical' })]),
        clock,
      ),
    );
    await parts.fail('server_error');
    await parts.pause();
    await until(() => told(receiver), { until: (all) => all.length === 2, what: 'both alerts' });
    await until(() => told(pager), { until: (all) => all.length === 1, what: 'the critical one' });
    await parts.remedy('server_error');
    await parts.resume();
    await settled(context, clock);
    await until(() => told(receiver), { until: (all) => all.length === 4, what: 'both recoveries' });
    expect(pager.alerts().map(({ event, kind }) => [event, kind])).toEqual([
      ['opened', 'source_paused'],
      ['recovered', 'source_paused'],
    ]);
  });

  test('several schedulers at once tell each alert once', async () => {
    await using parts = await openParts();
    const { receiver, context, clock } = parts;
    const alerts = quickAlerts([receiverAt(receiver.url)]);
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, alerts, clock));
    watches.use(await watch(context, alerts, clock));
    watches.use(await watch(context, alerts, clock));
    const codes = ['server_error', 'timeout', 'mapping', 'connection'] as const;
    for (const code of codes) await parts.fail(code);
    await until(() => told(receiver), { until: (all) => all.length >= 4, what: 'all alerts' });
    for (const code of codes) await parts.remedy(code);
    await settled(context, clock);
    await until(() => told(receiver), { until: (all) => all.length >= 8, what: 'all recoveries' });
    await lookedAgain(context);
    expect(told(receiver).toSorted()).toEqual(
      codes.flatMap((code) => [`opened ${code}`, `recovered ${code}`]).toSorted(),
    );
  });

  test('what a process that died has taken up is sent by another', async () => {
    await using parts = await openParts();
    const { receiver, context, clock } = parts;
    const alerts = quickAlerts([receiverAt(receiver.url)]);
    await parts.fail('server_error');
    {
      // Looks, and tells nobody: as if it had died on the way.
      await using earlier = new AsyncDisposableStack();
      earlier.use(await watch(context, { ...alerts, receivers: [receiverAt('http://127.0.0.1:9/')] }, clock));
      await lookedAgain(context);
    }
    await execute(
      context,
      `update voxport_ops.alert_deliveries set claimed_until = now() + interval '1 minute', due_at = now()`,
    );
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, alerts, clock));
    await lookedAgain(context);
    expect(told(receiver)).toEqual([]);
    clock.ahead(61_000);
    await until(() => told(receiver), { until: (all) => all.length === 1, what: 'the alert' });
  });
});

describe('quiet hours', () => {
  const night = { fromMinute: 22 * 60, toMinute: 7 * 60, timezone: 'Europe/Berlin' };

  test('over midnight, on the night when the clocks go forward: only the critical goes out, the rest comes as one digest at seven', async () => {
    await using parts = await openParts();
    const { receiver, context, clock } = parts;
    // The night of 28 to 29 March 2027: seven in the morning is 05:00 UTC, and was 06:00 UTC the day before.
    await clock.set(new Date('2027-03-28T01:30:00+01:00'));
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, quickAlerts([receiverAt(receiver.url, { quietHours: night })]), clock));
    await parts.fail('server_error');
    await parts.fail('timeout');
    await lookedAgain(context);
    await parts.pause();
    await until(() => told(receiver), { until: (all) => all.length === 1, what: 'the critical alert' });
    await parts.remedy('server_error');
    await settled(context, clock);
    await clock.set(new Date('2027-03-28T04:59:00Z'));
    await lookedAgain(context);
    expect(receiver.alerts().map(({ kind, event }) => [kind, event])).toEqual([
      ['source_paused', 'opened'],
      ['source_paused', 'reminder'],
    ]);
    await clock.set(new Date('2027-03-28T05:00:30Z'));
    await until(() => receiver.requests, { until: (all) => all.length === 3, what: 'the digest' });
    await lookedAgain(context);
    expect(receiver.requests).toHaveLength(3);
    const digest = JSON.parse(receiver.requests[2]!.body) as { event: string };
    expect(digest.event).toBe('digest');
    // What came and went is told as what it came to.
    expect(told(receiver).slice(2).toSorted()).toEqual(['opened timeout', 'recovered server_error']);
  });

  test('one thing that was kept back comes as itself, and what a receiver had not taken when they began waits too', async () => {
    await using parts = await openParts();
    const { receiver, context, clock } = parts;
    await clock.set(new Date('2027-01-10T20:50:00Z'));
    await receiver.goAway();
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, quickAlerts([receiverAt(receiver.url, { quietHours: night })]), clock));
    await parts.fail('server_error');
    await until(
      () => runQuery(context.database.kysely, `select 1 from voxport_ops.alert_deliveries where attempts > 0`),
      { until: (rows) => rows.length === 1, what: 'an attempt' },
    );
    await clock.set(new Date('2027-01-10T21:10:00Z'));
    await lookedAgain(context);
    await receiver.comeBack();
    // Long enough for the next attempt, if there were one.
    clock.ahead(600_000);
    await lookedAgain(context);
    await lookedAgain(context);
    expect(receiver.requests).toEqual([]);
    await clock.set(new Date('2027-01-11T06:00:10Z'));
    await until(() => told(receiver), { until: (all) => all.length === 1, what: 'the alert' });
    expect((JSON.parse(receiver.requests[0]!.body) as { event: string }).event).toBe('opened');
  });
});

describe('the heartbeat', () => {
  test('is called while a whole fleet consumes, by one of several schedulers, and stops when consumption stops', async () => {
    await using simulator = await startSimulator({ conversationCount: 10, apiKey: testApiKey });
    await using parts = await openParts({ baseUrl: simulator.url });
    const { receiver, context, clock } = parts;
    const alerts = quickAlerts([], { heartbeat: { url: secret(receiver.url), everySecs: 1 } });
    const { context: fleet } = { context: { ...context, alerts: quickAlerts([]) } };
    await using services = new AsyncDisposableStack();
    const loader = await startLoader(fleet);
    services.defer(() => loader.close());
    const scheduler = await startScheduler(fleet);
    services.defer(() => scheduler.close());
    await using watches = new AsyncDisposableStack();
    watches.use(await watch(context, alerts, clock));
    watches.use(await watch(context, alerts, clock));
    await lookedAgain(context);
    expect(receiver.requests).toEqual([]);

    const worker = await startWorker(fleet);
    const startedMs = performance.now();
    await until(() => receiver.requests, {
      until: (all) => all.length >= 3,
      what: 'three heartbeats',
    });
    expect(receiver.requests.length).toBeLessThanOrEqual(2 + (performance.now() - startedMs) / 800);
    expect(receiver.requests[0]).toMatchObject({ method: 'GET' });

    await worker.close();
    await until(
      async () => {
        const before = receiver.requests.length;
        clock.ahead(10_000);
        await lookedAgain(context);
        return receiver.requests.length - before;
      },
      { until: (calls) => calls === 0, what: 'the heartbeat to stop' },
    );
    const stopped = receiver.requests.length;
    clock.ahead(20_000);
    await lookedAgain(context);
    expect(receiver.requests).toHaveLength(stopped);
  });

  test('is called again by the next look when it was not taken', async () => {
    await using parts = await openParts();
    const { receiver, context, clock } = parts;
    receiver.answer(500);
    await execute(
      context,
      `update voxport_ops.sources set swept_at = now() + interval '1 minute';
       insert into voxport_ops.workers (source_id, worker_id, seen_at) values ('support', 'test', now() + interval '1 minute')`,
    );
    await using watches = new AsyncDisposableStack();
    watches.use(
      await watch(context, quickAlerts([], { heartbeat: { url: secret(receiver.url), everySecs: 3600 } }), clock),
    );
    await lookedAgain(context);
    receiver.answer(200);
    await until(() => receiver.requests, { until: (all) => all.length === 1, what: 'the heartbeat' });
    await lookedAgain(context);
    expect(receiver.requests).toHaveLength(1);
  });
});
