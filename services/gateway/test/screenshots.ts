/**
 * `pnpm --filter @voxport/gateway screenshots`: the pictures of the operators' page in docs/screenshots, from
 * everything of `voxport up` in processes of their own beside a simulated API. What stands on them is simulated; the
 * hours before the start are filled in, because nobody waits a day for a picture.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { startSimulator, type Simulator } from '@voxport/simulator';
import { eventually, findChromium } from '@voxport/testkit';
import { connectDatabase, runQuery, type Database } from '@voxport/warehouse';
import { chromium, type Browser, type Page } from 'playwright-core';

const target = fileURLToPath(new URL('../../../docs/screenshots', import.meta.url));
const voxport = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const apiKey = 'key-of-the-screenshots';
const token = 'token-of-the-screenshots';
const webhookSecret = 'whsec_of_the_screenshots';
/** A picture in the README is loaded by everybody who looks at it. */
const bytesMax = 300 * 1024;
const daySecs = 86_400;
const nowSecs = Math.floor(Date.now() / 1000);
const days = (count: number): string => new Date((nowSecs - count * daySecs) * 1000).toISOString().slice(0, 10);

await using opened = new AsyncDisposableStack();
const executablePath = findChromium();
if (executablePath === null) throw new Error('There is no chromium on the PATH: apt-get install chromium');
const folder = await mkdtemp(join(tmpdir(), 'voxport-screenshots-'));
opened.defer(() => rm(folder, { recursive: true, force: true }));
const simulator = opened.use(
  await startSimulator({
    apiKey,
    seed: 7,
    conversationCount: 2600,
    startUnixSecs: nowSecs - 120 * daySecs,
    endUnixSecs: nowSecs - 600,
    latencyMs: { minMs: 20, maxMs: 60 },
  }),
);
const up = await startUp();
await prepare(up.database, simulator);
await mkdir(target, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--font-render-hinting=none'] });
opened.defer(() => browser.close());

await take(browser, 'dark', { width: 390, height: 844 }, async (page, shoot) => {
  await page.goto(`${up.url}/?span=24h`);
  await shoot('overview-phone');
  await page.goto(`${up.url}/coverage`);
  await shoot('coverage-phone');
});
await fail(up.database);
await take(browser, 'light', { width: 1280, height: 800 }, async (page, shoot) => {
  await backfill(page, days(100), days(60));
  await page
    .getByText(/\d+ to go/u)
    .first()
    .waitFor();
  await page.goto(`${up.url}/?span=24h`);
  await page.getByText(/\d+ %/u).first().waitFor();
  await shoot('overview');
  await page.goto(`${up.url}/runs`);
  await page
    .getByText(/\d+ to go/u)
    .first()
    .waitFor();
  await shoot('runs');
  await page.goto(`${up.url}/failures`);
  await shoot('failures');
  await page.goto(`${up.url}/coverage`);
  await shoot('coverage');
});

/** Everything of Voxport, in a process of its own with a database of its own. */
async function startUp(): Promise<{ url: string; database: Database }> {
  const configuration = join(folder, 'sources.yaml');
  await writeFile(
    configuration,
    `sources:
  - { name: support, api_key_env: KEY, base_url: '${simulator.url}', since: ${days(45)}, webhook_secret_env: HOOK, concurrency: { start: 6, max: 6 } }
`,
  );
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    VOXPORT_CONFIG: configuration,
    VOXPORT_DATA_DIR: join(folder, 'data'),
    VOXPORT_HTTP_PORT: '0',
    VOXPORT_OPERATOR_TOKEN: token,
    LOG_LEVEL: 'warn',
    KEY: apiKey,
    HOOK: webhookSecret,
  };
  const command = (...args: string[]) =>
    spawn(process.execPath, [voxport, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const running = command('up');
  const ended = new Promise((resolve) => running.once('close', resolve));
  opened.defer(async () => {
    running.kill('SIGTERM');
    await ended;
    await new Promise((resolve) => command('database', 'stop').once('close', resolve));
  });
  const lines: string[] = [];
  createInterface({ input: running.stderr }).on('line', (line) => lines.push(line));
  const said = await eventually(() => lines.find((line) => line.startsWith("The operators' page: ")), {
    what: 'voxport to be up',
    timeoutMs: 60_000,
  });
  const asked = command('database', 'url');
  let databaseUrl = '';
  for await (const piece of asked.stdout) databaseUrl += String(piece);
  const database = connectDatabase({
    url: databaseUrl.trim(),
    poolSizeMax: 1,
    applicationName: 'screenshots',
    onPoolError: () => {},
  });
  opened.defer(() => database.close());
  return { url: said.replace("The operators' page: ", ''), database };
}

/** A day that has passed: calls came, some failed, most days were verified, webhooks were delivered. */
async function prepare({ kysely }: Database, source: Simulator): Promise<void> {
  const loaded = async (): Promise<boolean> =>
    (await runQuery(kysely, "select 1 from voxport_ops.runs where kind = 'sync' and state = 'finished'")).length > 0;
  await eventually(loaded, { what: 'the first sync to end', timeoutMs: 120_000 });
  for (let index = 1; index <= 6; index += 1) {
    const hook = { url: `${up.url}/webhooks/support`, secret: webhookSecret };
    const conversationId = source.conversationIdAt(source.count() - index);
    await source.sendWebhook({ type: 'post_call_transcription', conversationId }, hook);
  }
  await runQuery(
    kysely,
    `insert into voxport_ops.samples (source_id, sampled_at, loaded, waiting, open_failures, lag_secs, newest_call_age_secs, in_flight_limit)
     select 'support', at, greatest(0, round(9 * (1 + sin((extract(epoch from at)::float8 - 25000) / 13751)) + 5 * random())),
            0, 3, 30 + mod(extract(epoch from at)::int8, 300) + case when at between now() - interval '9 hours' and now() - interval '8.4 hours' then 900 else 0 end, 60, 6
     from generate_series(date_bin('30 seconds', now(), 'epoch') - interval '1 day', now() - interval '1 minute', interval '30 seconds') as at
     on conflict do nothing`,
  );
  await runQuery(
    kysely,
    `insert into voxport_ops.verifications (source_id, range_after, range_before, listed, present, missing, stale)
     select 'support', day, day + interval '24 hours', 1, 1, 0, 0
     from generate_series(date_trunc('day', now() - interval '44 days', 'UTC'), date_trunc('day', now() - interval '1 day', 'UTC'), interval '24 hours') as day
     where extract(day from day)::int % 3 > 0 or day > now() - interval '4 days'`,
  );
}

/** Some calls could not be exported, and the pipeline has noticed. */
async function fail({ kysely }: Database): Promise<void> {
  await runQuery(
    kysely,
    `insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message, http_status, attempts, first_failed_at, last_failed_at)
     values ('support', 'fetch', 'conv_7101k5zvyjhmfg983brhmhkd98n6', 'server_error', 'GET /v1/convai/conversations/conv_7101k5zvyjhmfg983brhmhkd98n6: the API answered 503 (service_unavailable).', 503, 8, now() - interval '3 hours', now() - interval '2 hours'),
            ('support', 'fetch', 'conv_2501k6a8c1dvfr6s9x3mzqyw7tbe', 'server_error', 'GET /v1/convai/conversations/conv_2501k6a8c1dvfr6s9x3mzqyw7tbe: the API answered 503 (service_unavailable).', 503, 8, now() - interval '3 hours', now() - interval '2 hours'),
            ('support', 'load', 'conv_9901k6b2n7hefq4w8y1jxkz5marc', 'unusable_payload', 'The payload has no conversation_id.', null, 1, now() - interval '26 hours', now() - interval '26 hours')`,
  );
  const noticed = async (): Promise<boolean> =>
    (await runQuery(kysely, 'select 1 from voxport_ops.alerts where resolved_at is null')).length > 1;
  await eventually(noticed, { what: 'the alerts about them', timeoutMs: 120_000 });
}

async function backfill(page: Page, from: string, to: string): Promise<void> {
  await page.goto(`${up.url}/runs`);
  await page.getByLabel('Calls from').fill(from);
  await page.getByLabel('to, that day included').fill(to);
  await page.getByRole('button', { name: 'Start' }).click();
}

async function take(
  shown: Browser,
  colorScheme: 'light' | 'dark',
  viewport: { width: number; height: number },
  walk: (page: Page, shoot: (name: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const context = await shown.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  await page.goto(up.url);
  await page.getByLabel('Operator token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await walk(page, async (name) => {
    const path = join(target, `${name}.png`);
    await page.screenshot({ path, fullPage: viewport.width > 500, animations: 'disabled' });
    const { size } = await stat(path);
    if (size > bytesMax) throw new Error(`${path} has ${size} bytes, more than ${bytesMax}.`);
    process.stdout.write(`${path}: ${Math.round(size / 1024)} KB\n`);
  });
  await context.close();
}
