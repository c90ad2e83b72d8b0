import { expect, test } from 'vitest';
import { eventually } from '@voxport/testkit';
import { operatorToken, startUp, type Up } from './start-up.ts';

/** Everything that operators see or do. */
const reads = [
  '/',
  '/runs',
  '/runs/1',
  '/coverage',
  '/coverage/2026-09-01',
  '/api/coverage',
  '/failures',
  '/webhook-events',
  '/metrics',
  '/readyz',
];
const boards = ['/queues', '/queues/', '/queues/api/queues', '/queues/queue/support-fetch', '/no-such-page'];
const acts = [
  '/backfills',
  '/failures/retry',
  '/failures/discard',
  '/runs/1/pause',
  '/runs/1/resume',
  '/runs/1/cancel',
];

const backfill = 'source=support&from=2026-09-01&to=2026-09-02';
const form = 'application/x-www-form-urlencoded';

function post(up: Up, path: string, headers: Record<string, string>, body: string = backfill): Promise<Response> {
  return fetch(`${up.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': form, ...headers },
    body,
  });
}

/** A session, as a browser has it: its cookie, and the token of its forms. */
async function logIn(up: Up): Promise<{ cookie: string; csrf: string }> {
  const answer = await post(up, '/login', { origin: up.url }, `token=${operatorToken}`);
  expect(answer.status).toBe(303);
  const set = answer.headers.get('set-cookie') ?? '';
  expect(set).toMatch(/^voxport_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/u);
  const cookie = set.split(';')[0]!;
  const page = await (await fetch(`${up.url}/runs`, { headers: { cookie } })).text();
  return { cookie, csrf: /name="csrf" value="([\w-]+)"/u.exec(page)![1]! };
}

test('the token guards everything but /healthz, and tells nothing of what there is', async () => {
  const up = await startUp({ conversationCount: 3 });
  expect((await fetch(`${up.url}/healthz`)).status).toBe(200);
  for (const [index, path] of [...reads, ...boards].entries()) {
    for (const headers of [
      {},
      // An address has ten wrong tokens a minute.
      ...(index < 8 ? [{ authorization: 'Bearer wrong' }] : []),
      { cookie: 'voxport_session=9999999999.a.b' },
    ] as const) {
      const answer = await fetch(`${up.url}${path}`, { headers: { ...headers } });
      expect(answer.status, path).toBe(401);
      expect(await answer.text(), path).toBe('{"message":"The operator token is missing, or wrong."}');
    }
    const page = await fetch(`${up.url}${path}`, { redirect: 'manual', headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('location')], path).toEqual([303, `/login?next=${encodeURIComponent(path)}`]);
  }
  for (const path of acts) {
    expect((await post(up, path, {})).status, path).toBe(403);
    expect((await post(up, path, { origin: up.url })).status, path).toBe(401);
  }
  expect(await up.query("select * from voxport_ops.runs where kind <> 'sync'")).toEqual([]);
}, 60_000);

test('a script with the token sees and does everything, and the queues can only be looked at', async () => {
  const up = await startUp({ conversationCount: 3 });
  const authorization = `Bearer ${operatorToken}`;
  for (const path of reads.filter((read) => read !== '/runs/1')) {
    expect((await fetch(`${up.url}${path}`, { headers: { authorization } })).status, path).toBe(200);
  }
  expect(await (await fetch(`${up.url}/queues/api/queues`, { headers: { authorization } })).text()).toContain(
    'support-fetch',
  );
  const started = await post(up, '/backfills', { authorization });
  expect([started.status, started.headers.get('location')]).toEqual([
    303,
    expect.stringMatching(/^\/runs\?done=backfill&n=\d+$/u),
  ]);
  expect(
    await up.query("select source_ids, range_after, range_before from voxport_ops.runs where kind = 'backfill'"),
  ).toEqual([
    {
      source_ids: ['support'],
      range_after: new Date('2026-09-01T00:00:00Z'),
      range_before: new Date('2026-09-03T00:00:00Z'),
    },
  ]);
  for (const path of ['/queues/api/queues/support-fetch/pause', '/queues/api/queues/support-fetch/empty']) {
    const answer = await fetch(`${up.url}${path}`, { method: 'PUT', headers: { authorization } });
    expect([404, 405], path).toContain(answer.status);
  }
  const wrong = await post(up, '/backfills', { authorization }, 'source=support&from=2026-09-02&to=2026-09-01');
  expect([wrong.status, await wrong.text()]).toEqual([
    422,
    expect.stringContaining('The first day must not come after the last.'),
  ]);
}, 60_000);

test('a form counts only with the token of its session, and from our own pages', async () => {
  const up = await startUp({ conversationCount: 3 });
  const { cookie, csrf } = await logIn(up);
  const other = await logIn(up);
  const body = (token: string): string => `${backfill}&csrf=${token}`;
  const origin = up.url;
  expect((await post(up, '/backfills', { cookie, origin }, backfill)).status).toBe(403);
  expect((await post(up, '/backfills', { cookie, origin }, body(other.csrf))).status).toBe(403);
  expect((await post(up, '/backfills', { cookie }, body(csrf))).status).toBe(403);
  expect((await post(up, '/backfills', { cookie, origin: 'https://evil.example' }, body(csrf))).status).toBe(403);
  expect((await post(up, '/backfills', { cookie, origin, 'sec-fetch-site': 'cross-site' }, body(csrf))).status).toBe(
    403,
  );
  expect((await post(up, '/backfills', { cookie, origin, 'content-type': 'text/plain' }, body(csrf))).status).toBe(415);
  expect((await post(up, '/backfills', { cookie, origin }, `${body(csrf)}&x=${'a'.repeat(70_000)}`)).status).toBe(413);
  expect(await up.query("select * from voxport_ops.runs where kind = 'backfill'")).toEqual([]);
  expect((await post(up, '/backfills', { cookie, origin }, body(csrf))).status).toBe(303);
  expect(await up.query("select 1 from voxport_ops.runs where kind = 'backfill'")).toHaveLength(1);
}, 60_000);

test('pages may load nothing from elsewhere, stand in no frame and are kept nowhere; the login leads nowhere else', async () => {
  const up = await startUp({ conversationCount: 3 });
  const { cookie } = await logIn(up);
  for (const path of ['/', '/failures', '/login']) {
    const { headers } = await fetch(`${up.url}${path}`, { headers: { cookie } });
    expect(headers.get('content-security-policy'), path).toMatch(
      /^default-src 'none'; style-src 'self'; script-src 'self';.*frame-ancestors 'none'/u,
    );
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('x-frame-options'), path).toBe('DENY');
  }
  expect((await fetch(`${up.url}/`, { headers: { cookie } })).headers.get('cache-control')).toBe('no-store');
  for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    const answer = await post(
      up,
      '/login',
      { origin: up.url },
      `token=${operatorToken}&next=${encodeURIComponent(next)}`,
    );
    expect(answer.headers.get('location'), next).toBe('/');
  }
  // Last: now this address has to wait.
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 12; attempt += 1)
    statuses.push((await post(up, '/login', { origin: up.url }, 'token=guess')).status);
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  const guess = await fetch(`${up.url}/runs`, { headers: { authorization: 'Bearer guess' } });
  expect(guess.status).toBe(429);
  // Wrong tokens lock out nobody who has the right one, and no header makes an address another.
  const forwarded = { origin: up.url, 'x-forwarded-for': '10.1.2.3' };
  expect((await post(up, '/login', forwarded, 'token=guess')).status).toBe(429);
  expect((await post(up, '/login', { origin: up.url }, `token=${operatorToken}`)).status).toBe(303);
  const bearer = { authorization: `Bearer ${operatorToken}` };
  expect((await fetch(`${up.url}/runs`, { headers: bearer })).status).toBe(200);
  expect(up.process.stderr.filter((line) => line.includes('wrong operator token')).length).toBeGreaterThan(0);
}, 60_000);

test('what cannot be asked is a 400 with a sentence, a log-out ends the session, and every page is kept nowhere', async () => {
  const up = await startUp({ conversationCount: 3 });
  const { cookie, csrf } = await logIn(up);
  for (const path of ['/failures?class=a%00b', '/failures?source=%00', '/coverage/2026-02-31', '/coverage/9999-12-31'])
    expect((await fetch(`${up.url}${path}`, { headers: { cookie } })).status, path).toBe(400);
  for (const path of [
    '/coverage?until=9999-12',
    '/coverage?until=0000-01',
    '/runs?before=999999999999999',
    '/failures?class=%27',
    '/',
  ])
    expect((await fetch(`${up.url}${path}`, { headers: { cookie } })).status, path).toBe(200);
  const next = await post(up, '/login', { origin: up.url }, `token=${operatorToken}&next=${encodeURIComponent('/é')}`);
  expect([next.status, next.headers.get('location')]).toEqual([303, '/']);
  for (const path of ['/', '/login', '/healthz', '/failures'])
    expect((await fetch(`${up.url}${path}`, { headers: { cookie } })).headers.get('cache-control'), path).toBe(
      'no-store',
    );

  expect((await post(up, '/logout', { cookie, origin: up.url }, `csrf=${csrf}`)).status).toBe(303);
  // The very same cookie, as somebody who copied it has it.
  expect((await fetch(`${up.url}/runs`, { headers: { cookie } })).status).toBe(401);
}, 60_000);

test('a webhook of an unknown source is answered as one with a wrong signature; a slash at the end changes nothing', async () => {
  const up = await startUp({ conversationCount: 3 });
  const nowSecs = Math.floor(Date.now() / 1000);
  const send = async (path: string, timeSecs: number) => {
    const signature = `t=${timeSecs},v0=${'0'.repeat(64)}`;
    const answer = await fetch(`${up.url}${path}`, {
      method: 'POST',
      headers: { 'elevenlabs-signature': signature },
      body: '{}',
    });
    return [answer.status, await answer.text()];
  };
  const wrong = await send('/webhooks/support', nowSecs);
  expect(wrong).toEqual([401, '{"message":"The signature is not that of this source."}']);
  expect(await send('/webhooks/nobody', nowSecs)).toEqual(wrong);
  expect(await send('/webhooks/support/', nowSecs)).toEqual(wrong);
  expect(await send('/webhooks/support', nowSecs + 300)).toEqual([401, expect.stringContaining('time to come')]);
}, 60_000);

test('the page and /api/coverage tell what is missing of what a source is to list, and why', async () => {
  const up = await startUp({ conversationCount: 3 });
  const headers = { authorization: `Bearer ${operatorToken}` };
  const missing = async () => {
    const { sources } = (await (await fetch(`${up.url}/api/coverage`, { headers })).json()) as {
      sources: { missing_ranges: number; listed_until: string | null; missing: object[] }[];
    };
    return sources[0]!;
  };
  await eventually(async () => (await missing()).listed_until !== null && (await missing()).missing_ranges === 0, {
    what: 'the first sync to end',
  });
  const page = async (path: string): Promise<string> => (await fetch(`${up.url}${path}`, { headers })).text();
  expect(await page('/coverage')).toContain('nothing is missing up to the last sync');

  await up.query(`update voxport_ops.coverage set listed = listed - '{[2026-11-01T00:00Z,2026-11-02T00:00Z)}'`);
  await up.query(
    `update voxport_ops.sources set paused_at = now(), paused_class = 'forbidden', paused_reason = 'The key may not'`,
  );
  expect(await missing()).toMatchObject({
    source_id: 'support',
    since: '2026-10-20T00:00:00.000Z',
    complete_until: '2026-11-01T00:00:00.000Z',
    missing: expect.arrayContaining([
      {
        after: '2026-11-01T00:00:00.000Z',
        before: '2026-11-02T00:00:00.000Z',
        reason: 'source_paused',
        is_newest: false,
        windows: 0,
        window_id: null,
        error_class: null,
      },
    ]),
  });
  const told = (await page('/coverage')).replaceAll(/\s+/gu, ' ');
  expect(told).toContain('2026-11-01 00:00 – 2026-11-02 00:00');
  expect(told).toContain('the source is paused · 1 d');
  expect(await page('/')).toMatch(/<a href="\/coverage"\s*>\d range/u);
}, 60_000);
