import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { runToEnd } from '../../services/cli/src/export/run-to-end.ts';
import { createWarehouse, testApiKey, testSource } from '../../services/cli/test/export-parts.ts';
import { makeLogger, openServiceContext } from '../../packages/runtime/src/index.ts';
import { openVerifier } from '../../services/scheduler/src/verify/open-verifier.ts';
import { startScheduler } from '../../services/scheduler/src/index.ts';
import { pastMonth, startSimulator, type Fault } from '../../packages/simulator/src/index.ts';
import { createTestRedis, describeWithRedis, eventually } from '../../packages/testkit/src/index.ts';
import { runQuery } from '../../packages/warehouse/src/index.ts';
import { readPromql } from './read-promql.ts';
import { readScrape, samplesOf, type ScrapedMetric } from './read-scrape.ts';

const file = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** Metrics that only others tell: Prometheus itself, and node_exporter. */
const ofOthers = new Set(['ALERTS', 'up', 'node_filesystem_avail_bytes', 'node_filesystem_size_bytes']);

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** Every query that we ship, with where it stands. */
function shippedQueries(): { where: string; expr: string }[] {
  const dashboard = JSON.parse(file('../grafana/voxport.json')) as {
    panels: readonly Panel[];
    templating: { list: readonly { name: string; definition?: string }[] };
  };
  const { groups } = parse(file('alerts.yaml')) as {
    groups: readonly { rules: readonly { alert: string; expr: string }[] }[];
  };
  return [
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `panel "${title}"`, expr })),
    ),
    ...dashboard.templating.list.flatMap(({ name, definition }) =>
      definition === undefined
        ? []
        : [{ where: `variable ${name}`, expr: definition.replace(/label_values\((.*), (\w+)\)/, 'max by ($2) ($1)') }],
    ),
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr }))),
  ];
}

/** What is wrong with a query, by the metrics that a fleet really gave; empty when nothing is. */
function faultsOf(expr: string, metrics: ReadonlyMap<string, ScrapedMetric>): string[] {
  return readPromql(expr).flatMap(({ name, labels, aggregation }) => {
    if (ofOthers.has(name)) return [];
    const metric = metrics.get(name);
    if (metric === undefined) return [`there is no metric ${name}`];
    if (metric.samples === 0) return [`${name} had no sample in any scrape, so its labels are not known`];
    const unknown = labels.filter((label) => !metric.labels.has(label));
    const faults = unknown.map((label) => `${name} has no label ${label}, only ${[...metric.labels].join(', ')}`);
    const isCounter = metric.type === 'counter' || metric.type === 'histogram';
    if (isCounter && !/(?:rate|increase)\(/.test(expr)) faults.push(`${name} only grows: ask for its rate`);
    if (isCounter && aggregation !== 'sum') faults.push(`${name} is counted by each process: add it up`);
    // The state that all share is told by several processes: adding up would count it as often.
    if (metric.help.endsWith('(shared state)') && aggregation !== 'max' && aggregation !== 'min')
      faults.push(`${name} is the same from each process: take its max or min, not ${aggregation ?? 'it bare'}`);
    return faults;
  });
}

describeWithRedis('the queries that we ship', () => {
  test('ask for metrics and labels that a fleet has, by the scrapes of a real export', async () => {
    await using simulator = await startSimulator({
      conversationCount: 500,
      seed: 8,
      apiKey: testApiKey,
      requestsInFlightMax: 6,
      latencyMs: 5,
      ...pastMonth,
    });
    // One that cannot be used, one that is gone: everything that a fleet may tell should be told.
    const leaving = simulator.conversationIdAt(9);
    const unusable: Fault[] = [
      {
        match: { endpoint: 'detail', conversationId: simulator.conversationIdAt(3) },
        action: { do: 'status', status: 422, body: { detail: 'no' } },
      },
      {
        match: { endpoint: 'detail', conversationId: simulator.conversationIdAt(11) },
        action: {
          do: 'status',
          status: 200,
          body: {
            conversation_id: simulator.conversationIdAt(11),
            odd: 1,
            status: 'done',
            // No fewer turns than its list row counts.
            transcript: Array.from({ length: 200 }, () => ({ role: 'user', message: 'yes', time_in_call_secs: 0 })),
            metadata: {},
          },
        },
      },
    ];
    // It does not answer until it has been listed, and then it is gone from the list too.
    simulator.setFaults([
      ...unusable,
      { match: { endpoint: 'detail', conversationId: leaving }, action: { do: 'status', status: 500, body: {} } },
    ]);
    await using warehouse = await createWarehouse();
    await using redis = await createTestRedis();
    const { context, close } = await openServiceContext({
      service: 'test',
      databaseUrl: warehouse.url,
      queueUrl: redis.url,
      sources: [testSource(simulator.url, { requestsInFlight: { start: 8, max: 16 } })],
      logger: makeLogger({ level: 'silent', service: 'test', isTerminal: false }),
      signal: new AbortController().signal,
      waitMs: 5000,
      health: { host: '127.0.0.1', port: 0 },
      sharedState: { directories: [import.meta.dirname], keptMs: 100 },
    });
    await using _ = { [Symbol.asyncDispose]: close };
    const url = (context.healthUrl ?? '') + '/metrics';
    const metrics = new Map<string, ScrapedMetric>();
    let last = '';
    async function scrape(): Promise<void> {
      const response = await fetch(url);
      expect(response.status).toBe(200);
      last = await response.text();
      readScrape(last, metrics);
    }

    const ended = new AbortController();
    const scraping = (async () => {
      while (!ended.signal.aborted) {
        await scrape();
        await sleep(200);
      }
    })();
    const signal = new AbortController().signal;
    const leave = async (): Promise<void> => {
      const find = `select 1 from voxport_ops.inventory where conversation_id = '${leaving}'`;
      await eventually(async () => (await runQuery(context.database.kysely, find)).length > 0, {
        what: 'the call to be listed',
      });
      simulator.updateConversation(leaving, { isDeleted: true });
      simulator.setFaults(unusable);
    };
    const left = leave();
    const { counts } = await runToEnd(
      context,
      { kind: 'sync', range: null, filters: {}, plan: (planner, runId) => planner.planSync(runId) },
      signal,
    );
    await left;
    expect(counts).toMatchObject({ listed: 500, gone: 1 });
    context.metrics.ofSource('support').webhookReceived('landed');
    ended.abort();
    await scraping;
    // The scheduler's part: its jobs are counted, and a verification is told.
    const scheduler = await startScheduler(context);
    await using verifier = await openVerifier(context, context.sources[0]!);
    await verifier.verifyWindows(
      [{ after: new Date('2026-09-01T00:00:00Z'), before: new Date('2026-09-02T00:00:00Z') }],
      null,
      signal,
      () => {},
    );
    await eventually(
      async () => {
        await scrape();
        const isSwept = samplesOf(last, 'voxport_jobs_total').some(({ labels }) => labels['stage'] === 'sweep');
        return isSwept && samplesOf(last, 'voxport_last_verification_timestamp_seconds').length > 0;
      },
      { what: 'a sweep to be counted, and the verification to be told' },
    );
    await scheduler.close();

    // What the counters say is what the run says.
    const sum = (name: string, labels: Record<string, string> = {}): number =>
      samplesOf(last, name)
        .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
        .reduce((total, { value }) => total + value, 0);
    expect(sum('voxport_loaded_payloads_total', { outcome: 'inserted' })).toBe(counts.loaded);
    expect(sum('voxport_jobs_total', { stage: 'fetch', outcome: 'gone' })).toBe(1);
    expect(sum('voxport_dead_letters_total')).toBe(sum('voxport_failures_open'));
    expect(sum('voxport_api_requests_in_flight')).toBe(0);
    expect(sum('voxport_api_requests_total', { endpoint: 'detail' })).toBeGreaterThanOrEqual(500);

    const faults = shippedQueries().flatMap(({ where, expr }) =>
      faultsOf(expr, metrics).map((fault) => `${where}: ${fault}`),
    );
    expect(faults).toEqual([]);
    // The check itself can fail.
    expect(faultsOf('sum(rate(voxport_no_such_total[5m]))', metrics)).toEqual([
      'there is no metric voxport_no_such_total',
    ]);
    expect(faultsOf('sum(rate(voxport_jobs_total{agent="x"}[5m]))', metrics)).toHaveLength(1);
    expect(faultsOf('sum(voxport_workers)', metrics)).toHaveLength(1);
  });
});
