import { createServer } from 'node:http';
import { createTestRedis, describeWithRedis, eventually, type StartedProcess } from '@voxport/testkit';
import { runQuery } from '@voxport/warehouse';
import { expect, test } from 'vitest';
import { openDatabase, runVoxport, simulate, startService, startVoxport, warehouseUrl } from './voxport.ts';

const apiKey = 'metrics-key';

/** Where a process says that it listens. */
async function healthUrlOf(process: StartedProcess): Promise<string> {
  const line = await process.waitForLine(/health checks and metrics are answered/u);
  return (JSON.parse(line) as { url: string }).url;
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  return response.text();
}

/** The sum of a series over scrapes, as `sum(…)` gives it. */
function sum(scrapes: readonly string[], name: string, label = ''): number {
  return scrapes
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

describeWithRedis('a fleet that is scraped', () => {
  test('adds up to what happened, tells the shared state once, and is ready while it can work', async () => {
    const simulator = await simulate({ conversationCount: 400, apiKey });
    await using redis = await createTestRedis();
    const env = {
      DATABASE_URL: await warehouseUrl(),
      QUEUE_URL: redis.url,
      ELEVENLABS_API_KEY: apiKey,
      ELEVENLABS_BASE_URL: simulator.url,
      LOG_LEVEL: 'info',
      VOXPORT_HEALTH_PORT: '0',
    };
    const database = await openDatabase(env.DATABASE_URL);
    const names = ['worker', 'worker', 'loader', 'loader', 'scheduler'] as const;
    const fleet = names.map((name) => startService(name, env));
    const urls = await Promise.all(fleet.map(healthUrlOf));
    await eventually(
      async () =>
        (await runQuery(database.kysely, `select 1 from voxport_ops.runs where state = 'finished'`)).length > 0,
      { what: 'the first sync to end' },
    );
    for (const url of urls) expect((await fetch(`${url}/readyz`)).status, url).toBe(200);
    for (const url of urls) expect((await fetch(`${url}/healthz`)).status, url).toBe(200);

    const scrapes = await Promise.all(urls.map(scrape));
    expect(sum(scrapes, 'voxport_loaded_payloads_total', 'outcome="inserted"')).toBe(400);
    expect(sum(scrapes, 'voxport_landed_payloads_total')).toBe(400);
    expect(sum(scrapes, 'voxport_listed_conversations_total')).toBe(400);
    const [{ rows } = { rows: 0 }] = await runQuery(
      database.kysely,
      'select count(*) as rows from voxport.transcript_turns',
    );
    expect(sum(scrapes, 'voxport_loaded_rows_total', 'table="transcript_turns"')).toBe(rows);

    const tellers = names.filter((_, index) => /^voxport_queue_jobs\{/m.test(scrapes[index]!));
    expect(tellers).toEqual(['scheduler']);
    expect(sum(scrapes, 'voxport_workers')).toBe(2);

    // The schema moves on under the fleet: it says so, and what fixes it.
    await runQuery(database.kysely, `delete from voxport_ops.migrations where name like '0080%' returning name`);
    const answer = await fetch(`${urls[0]}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('it lacks the migrations 0080_traces. Run: voxport migrate');

    for (const one of fleet) one.kill('SIGTERM');
    expect((await Promise.all(fleet.map((one) => one.exited))).map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  });
});

test('voxport up tells everything in one scrape', async () => {
  const simulator = await simulate({ conversationCount: 50, apiKey });
  const up = startVoxport(['up'], {
    DATABASE_URL: await warehouseUrl(),
    ELEVENLABS_API_KEY: apiKey,
    ELEVENLABS_BASE_URL: simulator.url,
    VOXPORT_HEALTH_PORT: '0',
    VOXPORT_HTTP_PORT: 'off',
  });
  const url = await healthUrlOf(up);
  await eventually(
    async () => {
      const text = await scrape(url);
      const isLoaded = sum([text], 'voxport_loaded_payloads_total') === 50;
      return isLoaded && /^voxport_watermark_timestamp_seconds\{source="elevenlabs"\}/m.test(text);
    },
    { what: 'every conversation to be loaded, and the watermark to be told' },
  );
  up.kill('SIGTERM');
  expect((await up.exited).code).toBe(0);
});

test('a command continues without a listener where its port is taken, and says so', async () => {
  const simulator = await simulate({ conversationCount: 5, apiKey });
  const taken = createServer();
  await new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const { code, stderr } = await runVoxport(['sync', '--json'], {
    DATABASE_URL: await warehouseUrl(),
    ELEVENLABS_API_KEY: apiKey,
    ELEVENLABS_BASE_URL: simulator.url,
    VOXPORT_HEALTH_PORT: String(port),
  });
  await new Promise((resolve) => taken.close(resolve));
  expect(code, stderr.join('\n')).toBe(0);
  expect(stderr.join('\n')).toMatch(/VOXPORT_HEALTH_PORT.*EADDRINUSE/u);
});
