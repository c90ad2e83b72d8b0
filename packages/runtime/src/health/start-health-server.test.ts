import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeMetrics } from '../metrics/metrics.ts';
import { makeHealth } from './health.ts';
import { makeReadiness } from './readiness.ts';
import { startHealthServer } from './start-health-server.ts';

async function serve() {
  const readiness = makeReadiness({ checkTimeoutMs: 50 });
  const metrics = makeMetrics();
  const health = makeHealth({
    service: 'test',
    readReadiness: readiness.readReadiness,
    renderMetrics: metrics.renderMetrics,
  });
  const server = await startHealthServer({ host: '127.0.0.1', port: 0 }, health);
  return {
    readiness,
    metrics,
    url: server.url,
    get: async (path: string) => {
      const response = await fetch(server.url + path);
      return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
    },
    [Symbol.asyncDispose]: server.close,
  };
}

test('a process that starts lives, and is not ready', async () => {
  await using server = await serve();
  expect(await server.get('/healthz')).toMatchObject({
    status: 200,
    body: expect.stringContaining('"service":"test"'),
  });
  expect(await server.get('/readyz')).toMatchObject({ status: 503, body: expect.stringContaining('it is starting') });
  server.readiness.noteStarted();
  expect(await server.get('/readyz')).toMatchObject({ status: 200 });
  server.readiness.noteStopping();
  expect(await server.get('/readyz')).toMatchObject({ status: 503, body: expect.stringContaining('it is stopping') });
});

test('readiness tells each check, waits for none without end, and forgets what is taken away', async () => {
  await using server = await serve();
  server.readiness.noteStarted();
  server.readiness.addCheck('well', async () => 'with a remark');
  const removeBroken = server.readiness.addCheck('broken', () => Promise.reject(new Error('it is away')));
  const removeSilent = server.readiness.addCheck('silent', () => new Promise(() => {}));
  const { status, body } = await server.get('/readyz');
  expect(status).toBe(503);
  expect(JSON.parse(body)).toEqual({
    status: 'not ready',
    checks: [
      { name: 'process', ok: true, detail: null },
      { name: 'well', ok: true, detail: 'with a remark' },
      { name: 'broken', ok: false, detail: 'it is away' },
      { name: 'silent', ok: false, detail: 'no answer within 50 ms' },
    ],
  });
  removeBroken();
  removeSilent();
  expect((await server.get('/readyz')).status).toBe(200);
});

test('metrics come in the text format, without those of other registries', async () => {
  await using server = await serve();
  server.metrics.ofSource('support').requestEnded({ endpoint: 'detail', status: 429, durationMs: 12, bytes: 5 });
  makeMetrics().ofSource('other').pageListed(3);
  const { status, type, body } = await server.get('/metrics?name[]=x');
  expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  expect(body).toContain('voxport_api_requests_total{source="support",endpoint="detail",status="429"} 1');
  expect(body).toContain('process_cpu_seconds_total');
  expect(body).not.toContain('source="other"');
});

test('a state that cannot be read leaves its metrics out, says so, and costs the scrape nothing else', async () => {
  await using server = await serve();
  let isAway = true;
  server.metrics.addState(async () => {
    if (isAway) throw new Error('the database is away');
    return { voxport_workers: [{ labels: { source: 'support' }, value: 3 }], voxport_database_size_bytes: [] };
  }, 20);
  const away = (await server.get('/metrics')).body;
  expect(away).toContain('voxport_state_read_errors_total 1');
  expect(away).not.toMatch(/^voxport_workers\{/m);
  expect(away).not.toMatch(/^voxport_database_size_bytes /m);
  isAway = false;
  await setTimeout(60);
  expect((await server.get('/metrics')).body).toContain('voxport_workers{source="support"} 3');
});

test('nothing else is served, and nothing is changed', async () => {
  await using server = await serve();
  expect((await server.get('/')).status).toBe(404);
  expect((await server.get('/healthz/x')).status).toBe(404);
  expect((await fetch(`${server.url}/metrics`, { method: 'POST' })).status).toBe(405);
});

test('a port that is taken is told with its setting', async () => {
  await using server = await serve();
  const port = Number(new URL(server.url).port);
  const health = makeHealth({
    service: 'second',
    readReadiness: server.readiness.readReadiness,
    renderMetrics: server.metrics.renderMetrics,
  });
  await expect(startHealthServer({ host: '127.0.0.1', port }, health)).rejects.toThrow(
    /VOXPORT_HEALTH_PORT: 127\.0\.0\.1:\d+ cannot be listened on .*EADDRINUSE/,
  );
});
