import { startLoader } from '@voxport/loader';
import { keepHeartbeat } from '@voxport/runtime';
import { makeSourcePlanner } from '@voxport/scheduler';
import { startSimulator } from '@voxport/simulator';
import { describeWithRedisServer, startRedisServer } from '@voxport/testkit';
import { pauseSource, runQuery, startRun } from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { expect, test } from 'vitest';
import { execute, lookedAgain, makeClock, quickAlerts, until, watch } from '../../test/alert-parts.ts';
import { createWarehouse, openTestContext, syncOnce, testApiKey, testSource } from '../../test/export-parts.ts';
import { jsonOf, makeRunCommand } from '../../test/make-run-command.ts';
import { openExport } from '../../test/open-export.ts';

const overlong = (text: string): string[] =>
  text.split('\n').filter((line) => line.length > 80 && !line.startsWith('   → '));

test('what is not in order comes first, the gravest at the top, with its command; the rest fits 80 columns', async () => {
  await using simulator = await startSimulator({ conversationCount: 30, apiKey: testApiKey });
  await using warehouse = await createWarehouse();
  const config = { databaseUrl: warehouse.url, queueUrl: null, sources: [testSource(simulator.url)] };
  const voxport = makeRunCommand(config);
  await using opened = await openTestContext(config);
  const { context } = opened;
  simulator.setFaults([
    {
      match: { endpoint: 'detail', conversationId: [simulator.conversationIdAt(3)] },
      action: { do: 'status', status: 400, body: { detail: { code: 'x', message: 'a long sentence '.repeat(20) } } },
    },
  ]);
  await syncOnce(context);
  await pauseSource(context.database.kysely, {
    sourceId: 'support',
    code: 'forbidden',
    reason: `The key ${'may not do that '.repeat(10)}`,
  });
  await execute(
    context,
    `insert into voxport_ops.schema_drift (source_id, path, kind, seen)
     select 'support', 'a.path.' || n || repeat('.and.more', 10), 'unknown_key', 'string' from generate_series(1, 9) n`,
  );
  const { stdout, exitCode } = await voxport('status');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^Voxport: 1 CRITICAL, 1 warning, 1 to know +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/u);
  const critical = stdout.indexOf('!! support: paused, 403');
  const warning = stdout.indexOf('!  support: 1 conversation could not be fetched (invalid_request)');
  expect(critical).toBeGreaterThan(0);
  expect(warning).toBeGreaterThan(critical);
  expect(stdout).toContain('   → voxport failures retry --source support --stage fetch --class invalid_request');
  expect(stdout).toMatch(/^ {2}API +no worker sends, \d+ may be in flight; 31 requests\/hour, 0 % 429/mu);
  expect(stdout).toMatch(/^ {2}fresh +complete up to [\d.]+ s ago, objective 30 min$/mu);
  expect(stdout).toContain('and 5 more: voxport query');
  expect(stdout).toMatch(/^ {2}fleet +none has run of late: only commands export/mu);
  expect(overlong(stdout)).toEqual([]);
  // The command that it gives is one that there is.
  expect(
    (await voxport('failures', 'list', '--source', 'support', '--stage', 'fetch', '--class', 'invalid_request')).stdout,
  ).toContain('invalid_request');
});

test('what the API allows is counted by the workers: requests of the last hour, and the share that it refused', async () => {
  await using simulator = await startSimulator({ conversationCount: 40, apiKey: testApiKey, latencyMs: 30 });
  await using warehouse = await createWarehouse();
  const config = { databaseUrl: warehouse.url, queueUrl: null, sources: [testSource(simulator.url)] };
  const voxport = makeRunCommand(config);
  await using opened = await openTestContext(config);
  const { context } = opened;
  const { kysely } = context.database;
  simulator.setFaults([{ match: { endpoint: 'detail' }, times: 5, action: { do: 'rate_limit' } }]);
  const runId = await startRun(kysely, { kind: 'sync', sourceId: 'support', range: null, filters: {} });
  await makeSourcePlanner(context, context.sources[0]!).planSync(runId);
  await using services = new AsyncDisposableStack();
  for (const start of [startLoader, startWorker]) {
    const service = await start(context);
    services.defer(() => service.close());
  }
  const counted = await until(
    () =>
      runQuery(
        kysely,
        'select sum(requests)::int4 as requests, sum(refused)::int4 as refused from voxport_ops.api_minutes',
      ),
    { until: ([row]) => Number(row?.['requests']) >= 46, what: 'the requests to be counted' },
  );
  // One page, forty details, and the five that were refused; each counted once though told of every second.
  expect(counted).toEqual([{ requests: 46, refused: 5 }]);
  const { stdout } = await voxport('status');
  expect(stdout).toMatch(/^ {2}API +\d of \d+ in flight; 46 requests\/hour, 11 % 429 \(5 min: 11 %\)$/mu);
  expect(stdout).toMatch(/^Under way\n {2}run 1 .*\n {4}sync of support, /mu);
  expect(jsonOf(await voxport('status', '--json'))).toMatchObject({
    sources: [{ source_id: 'support', api: { requests: 46, refused: 5, workers: 1 } }],
    under_way: [{ run_id: runId, counts: { listed: 40 } }],
    queue_problem: null,
  });
  await until(() => runQuery(kysely, 'select consumed_at is not null as consumed from voxport_ops.workers'), {
    until: ([row]) => row?.['consumed'] === true,
    what: 'the worker to say that it consumed',
  });
});

test('an alert that is open is named where its condition is, and many sources are a table', async () => {
  await using warehouse = await createWarehouse();
  const sources = ['one', 'two', 'three'].map((sourceId) => testSource('http://127.0.0.1:9', { sourceId }));
  const config = { databaseUrl: warehouse.url, queueUrl: null, sources };
  await using opened = await openTestContext(config);
  const { context } = opened;
  await execute(
    context,
    `insert into voxport_ops.failures (source_id, stage, error_class, message) values ('two', 'fetch', 'timeout', 'no answer')`,
  );
  await using watches = new AsyncDisposableStack();
  watches.use(await watch(context, quickAlerts([]), makeClock(context)));
  await lookedAgain(context);
  watches.use(await keepHeartbeat(context, ['scheduler']));
  const voxport = makeRunCommand(config);
  const { stdout, exitCode } = await voxport('status');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^! {2}two: 1 conversation could not be fetched \(timeout\) \(alert 1\)$/mu);
  expect(stdout).toMatch(
    /^Sources\n {2}source +behind +missing +newest call +under way +in flight +429 +failed\n {2}one /mu,
  );
  expect(stdout).toMatch(/alerts +1 open; last look/u);
  const ofOne = (await voxport('status', '--source', 'one')).stdout;
  expect(ofOne).toContain('one: 0 conversations');
  expect(ofOne).not.toMatch(/two|three/u);
  expect((await voxport('status', '--source', 'two')).stdout).toContain('(timeout) (alert 1)');
  await expect(voxport('status', '--source', 'four')).rejects.toThrow(
    '--source "four" is not known; the sources are: one, three, two',
  );
  await expect(voxport('failures', '--source', 'four')).rejects.toThrow('--source "four" is not known');
  await expect(voxport('runs', '--source', 'four')).rejects.toThrow('--source "four" is not known');
  expect(await voxport('failures', '--class', 'nonsense')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('There is no such class. It takes unauthorized, '),
  });
  expect(stdout).not.toContain('Nobody watches');
  expect(stdout).toMatch(/^ {2}fleet +scheduler .+$/mu);
  expect(overlong(stdout)).toEqual([]);
});

test('what is missing of the coverage is told with its reason: the largest ranges, and how many more there are', async () => {
  await using parts = await openExport({ simulator: { conversationCount: 30 } });
  const { voxport, query, context } = parts;
  await syncOnce(context);
  expect((await voxport('status')).stdout).toMatch(
    /^ {2}coverage +all calls: listed up to the last sync, nothing missing$/mu,
  );
  expect(jsonOf(await voxport('status', '--json'))).toMatchObject({
    sources: [{ coverage: { since: null, filters: {}, missing_ranges: 0, missing: [] } }],
  });

  const hole = (after: string, before: string) => `[2026-09-${after}T00:00Z,2026-09-${before}T00:00Z)`;
  const holes = [
    hole('02', '04'),
    hole('05', '06'),
    hole('07', '08'),
    hole('09', '10'),
    hole('11', '12'),
    hole('13', '20'),
  ];
  await query(`update voxport_ops.coverage set listed = listed - '{${holes.join(',')}}'`);
  await query(
    `with w as (
       insert into voxport_ops.windows (run_id, source_id, range_after, range_before, filters, priority, origin, state)
       select run_id, source_id, '2026-09-13Z', '2026-09-20Z', '{}', 'live', 'poll', 'failed' from voxport_ops.runs returning *
     )
     insert into voxport_ops.failures (source_id, stage, window_id, run_id, error_class, message)
     select source_id, 'list', window_id, run_id, 'server_error', 'the list cannot be had' from w`,
  );
  const { stdout } = await voxport('status');
  expect(stdout).toMatch(/^ {2}coverage +all calls: 6 ranges MISSING$/mu);
  expect(stdout).toMatch(/^ +2026-09-13 to 2026-09-20: failed \(window \d+: server_error\)$/mu);
  expect(stdout).toMatch(/^ +2026-09-02 to 2026-09-04: the next sync lists it$/mu);
  expect(stdout).toContain('and 2 more: voxport query');
  expect(overlong(stdout)).toEqual([]);
  expect(jsonOf(await voxport('status', '--json'))).toMatchObject({
    sources: [
      {
        coverage: {
          missing_ranges: 6,
          missing: [
            { after: '2026-09-13T00:00:00.000Z', before: '2026-09-20T00:00:00.000Z', reason: 'failed', windows: 1 },
            { after: '2026-09-02T00:00:00.000Z', reason: 'next_sync', is_newest: false },
            {},
            {},
            {},
            {},
          ],
        },
      },
    ],
  });
  // The next sync lists what is missing, and then nothing is.
  await query(`update voxport_ops.coverage set settled = settled * listed`);
  await syncOnce(context);
  expect((await voxport('status')).stdout).toContain('nothing missing');
});

describeWithRedisServer('status while the queue is away', () => {
  test('tells what the database knows, and that the store does not answer', async () => {
    await using warehouse = await createWarehouse();
    const server = await startRedisServer({ persistent: false });
    const config = {
      databaseUrl: warehouse.url,
      queueUrl: server.url,
      sources: [testSource('http://127.0.0.1:9')],
    };
    {
      await using opened = await openTestContext(config);
      expect(opened.context.engine.store).toBe('redis');
    }
    await server.kill();
    const { exitCode, stdout } = await makeRunCommand(config)('status');
    expect(exitCode).toBe(1);
    expect(stdout).toContain("!! The queue's store does not answer\n   → voxport doctor");
    expect(stdout).toContain('support: 0 conversations');
    expect(stdout.replaceAll(/\s+/gu, ' ')).toContain('queue AWAY: QUEUE_URL: the queue');
  });
});
