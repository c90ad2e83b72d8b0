import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createTestRedis, describeWithChromium, eventually, testRedis } from '@voxport/testkit';
import { operatorToken, startUp, webhookSecret, type Up } from './start-up.ts';

const desktop = { width: 1280, height: 900 };
const phone = { width: 375, height: 700 };
const waitMs = 120_000;

describeWithChromium('the operators’ page in a browser', (executablePath) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  /** A page that fails its test when the browser complains, or when anything is asked of another server. */
  async function openPage(up: Up, viewport: { width: number; height: number }): Promise<Page> {
    const context = await browser.newContext({ viewport, hasTouch: viewport.width < 500 });
    const page = await context.newPage();
    page.setDefaultTimeout(waitMs);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== up.url) complaints.push(`asks for ${request.url()}`);
    });
    onTestFinished(async () => {
      await context.close();
      expect(complaints).toEqual([]);
    });
    return page;
  }

  async function logIn(page: Page, up: Up): Promise<void> {
    await page.goto(`${up.url}/runs`);
    await page.getByLabel('Operator token').fill(operatorToken);
    await page.getByRole('button', { name: 'Log in' }).click();
    // Where one wanted to go.
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
  }

  /** Nothing may stand beside the screen. */
  async function expectToFit(page: Page): Promise<void> {
    const content = await page.evaluate<number>('document.documentElement.scrollWidth');
    const screen = await page.evaluate<number>('document.documentElement.clientWidth');
    expect(content, page.url()).toBeLessThanOrEqual(screen);
  }

  /** From the login to the logout; resolves with how many conversations are in the tables at its end. */
  async function walk(up: Up, viewport: { width: number; height: number }): Promise<unknown> {
    const page = await openPage(up, viewport);
    const broken = up.simulator.conversationIdAt(7);
    up.simulator.setFaults([
      { match: { endpoint: 'detail', conversationId: broken }, action: { do: 'status', status: 422, body: 'no' } },
    ] as never);
    await logIn(page, up);

    await page.getByLabel('Calls from').fill('2026-09-01');
    await page.getByLabel('to, that day included').fill('2026-09-30');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText(/^Backfill \d+ is on its way\.$/u).waitFor();
    const run = page.locator('.run', { hasText: 'backfill' }).first();
    // By itself: the page is not loaded again.
    await page.evaluate('globalThis.isSamePage = true');
    await run.getByText('with failures', { exact: true }).waitFor();
    expect(await run.innerText()).toMatch(/150 conversations · 149 loaded/u);
    expect(await run.innerText()).toMatch(/1 failed/u);
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
    await expectToFit(page);
    await run.getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Windows' }).waitFor();
    await expectToFit(page);

    await page.goto(`${up.url}/coverage?until=2026-09`);
    await page.locator('[data-day="2026-09-10"]').waitFor();
    const states = await page
      .locator('[data-day^="2026-09-"]')
      .evaluateAll((days) => days.map((day) => day.getAttribute('data-state')));
    expect(states).toHaveLength(30);
    expect(states.filter((state) => state === 'complete').length).toBeGreaterThan(25);
    expect(states.filter((state) => state === 'partial')).toHaveLength(1);
    await expectToFit(page);

    up.simulator.setFaults([]);
    await page.goto(`${up.url}/failures`);
    const group = page.locator('[data-class="invalid_request"]');
    await group.getByRole('button', { name: 'Retry 1' }).click();
    await page.getByText('1 failure will be tried again, in a moment.').waitFor();
    await page.getByText('Nothing has failed.').waitFor();
    await expectToFit(page);
    await eventually(async () => (await up.query('select count(*) from voxport.conversations'))[0]?.['count'] === 150, {
      what: 'the conversation that had failed to be loaded',
      timeoutMs: waitMs,
    });

    for (const path of ['/', '/webhook-events', '/queues/']) {
      await page.goto(`${up.url}${path}`);
      await page
        .getByText(path === '/queues/' ? 'support-fetch' : 'support')
        .first()
        .waitFor();
      await expectToFit(page);
    }
    await page.goto(up.url);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Operator token').waitFor();
    await page.goto(`${up.url}/runs`);
    await page.getByLabel('Operator token').waitFor();
    return (await up.query('select count(*) from voxport.conversations'))[0]?.['count'];
  }

  test('an operator logs in, starts a backfill, watches it end, sees its days, and has its failure tried again', async () => {
    expect(await walk(await startUp(), desktop)).toBe(150);
  }, 120_000);

  test('the same on a phone, with the queue on Redis where there is one', async () => {
    const redis = testRedis() === null ? null : await createTestRedis();
    if (redis !== null) onTestFinished(() => redis.close());
    expect(await walk(await startUp(redis === null ? {} : { queueUrl: redis.url }), phone)).toBe(150);
  }, 120_000);

  test('a run is paused, continues, and is cancelled; a failure is discarded', async () => {
    const up = await startUp({ latencyMs: 300 });
    const page = await openPage(up, desktop);
    await logIn(page, up);
    await page.getByLabel('Calls from').fill('2026-09-01');
    await page.getByLabel('to, that day included').fill('2026-09-30');
    await page.getByRole('button', { name: 'Start' }).click();
    const run = page.locator('.run', { hasText: 'backfill' }).first();
    await run.getByText(/\d+ to go/u).waitFor();
    await run.getByRole('button', { name: 'Pause' }).click();
    await page.getByText(/^Run \d+ is paused\.$/u).waitFor();
    await run.getByText('paused', { exact: true }).waitFor();
    await run.getByRole('button', { name: 'Resume' }).click();
    await page.getByText(/^Run \d+ continues\.$/u).waitFor();
    await run.getByText('Cancel', { exact: true }).click();
    await run.getByRole('button', { name: /^Cancel run \d+$/u }).click();
    await page.getByText(/^Run \d+ is cancelled\.$/u).waitFor();
    await run.getByText('cancelled', { exact: true }).waitFor();

    await up.query(
      `insert into voxport_ops.failures (source_id, stage, conversation_id, error_class, message) values ('support', 'fetch', 'conv_<b>', 'server_error', '<script>alert(1)</script>')`,
    );
    await page.goto(`${up.url}/failures`);
    const group = page.locator('[data-class="server_error"]');
    expect(await group.innerText()).toContain('<script>alert(1)</script>');
    await group.getByText('Discard', { exact: true }).click();
    await group.getByRole('button', { name: 'Discard 1' }).click();
    await page.getByText('1 failure closed.').waitFor();
    await page.getByText('Nothing has failed.').waitFor();
  }, 90_000);

  test('without a token configured, the URL that is printed logs in, once', async () => {
    const up = await startUp({ conversationCount: 3, token: null });
    const [, url] = /(http:\/\/\S+)$/u.exec(await up.process.waitForLine(/logs in once/u)) ?? [];
    const page = await openPage(up, desktop);
    await page.goto(url!);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    const other = await (await browser.newContext()).newPage();
    await other.goto(url!);
    await other.getByText('This URL has been used already').waitFor();
    await other.context().close();
    expect(await page.context().cookies()).toMatchObject([
      { name: 'voxport_session', httpOnly: true, sameSite: 'Strict' },
    ]);
  }, 60_000);

  test('without script everything can be read and done', async () => {
    const up = await startUp({ conversationCount: 5 });
    const context = await browser.newContext({ javaScriptEnabled: false });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await logIn(page, up);
    await page.getByLabel('Calls from').fill('2026-09-01');
    await page.getByLabel('to, that day included').fill('2026-09-30');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText(/^Backfill \d+ is on its way\.$/u).waitFor();
    await eventually(
      async () => {
        await page.reload();
        return page.locator('.run', { hasText: 'backfill' }).first().getByText('finished', { exact: true }).isVisible();
      },
      { what: 'the run to end', timeoutMs: waitMs },
    );
    expect((await up.query('select count(*) from voxport.conversations'))[0]?.['count']).toBe(5);
  }, 60_000);

  test('another site can neither act nor read, and a link from it leads to the page', async () => {
    const up = await startUp({ conversationCount: 3 });
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await logIn(page, up);
    const runs = async (): Promise<unknown> =>
      (await up.query("select count(*) from voxport_ops.runs where kind = 'backfill'"))[0]?.['count'];
    // The same machine under another name: another site to the browser.
    const evil = up.url.replace('127.0.0.1', 'localhost');
    await context.route(`${evil}/**`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${up.url}/backfills"><input name="source" value="support"><input name="from" value="2026-09-01"><input name="to" value="2026-09-02"><button>win a prize</button></form><a href="${up.url}/failures">failures</a>`,
      }),
    );
    await page.goto(`${evil}/prize`);
    await page.getByRole('button', { name: 'win a prize' }).click();
    await page.getByText('Requests from other sites are refused').waitFor();
    expect(await runs()).toBe(0);
    await page.goto(`${evil}/prize`);
    const read = await page.evaluate(
      (url) =>
        fetch(`${url}/runs`, { credentials: 'include' }).then(
          () => 'read',
          () => 'refused',
        ),
      up.url,
    );
    expect(read).toBe('refused');
    // The session is still there for a person who follows a link.
    await page.getByRole('link', { name: 'failures' }).click();
    await page.getByRole('heading', { name: 'Failures' }).waitFor();
  }, 60_000);

  test('a webhook that comes in is seen', async () => {
    const up = await startUp({ conversationCount: 3 });
    const page = await openPage(up, phone);
    await logIn(page, up);
    await page.goto(`${up.url}/webhook-events`);
    await page.getByText(`${up.url}/webhooks/support`).waitFor();
    const conversationId = up.simulator.conversationIdAt(0);
    const target = { url: `${up.url}/webhooks/support`, secret: webhookSecret };
    expect(await up.simulator.sendWebhook({ type: 'post_call_transcription', conversationId }, target)).toBe(200);
    await page.getByText(conversationId).waitFor();
    await expectToFit(page);
  }, 60_000);
});
