import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultAlerts, keepHeartbeat, secret, type AlertReceiver } from '@voxport/runtime';
import { startSimulator } from '@voxport/simulator';
import { describe, expect, test } from 'vitest';
import {
  execute,
  lookedAgain,
  makeClock,
  quickAlerts,
  receiverAt,
  startReceiver,
  until,
  watch,
} from '../../test/alert-parts.ts';
import { createWarehouse, noHttp, openTestContext, testApiKey, testSource } from '../../test/export-parts.ts';
import { jsonOf, makeRunCommand } from '../../test/make-run-command.ts';
import { checkReceivers } from './check-alerts.ts';
import { checkSourceClock } from './check-clock.ts';
import { checkWebhooks } from './check-webhooks.ts';

const { signal } = new AbortController();

/** A real server that answers as it is told. */
async function serve(listener: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('the clock of an API', () => {
  const look = async (aheadMs: number, headers: Record<string, string> = {}) => {
    await using api = await serve((_request, response) => {
      response.writeHead(404, { date: new Date(Date.now() + aheadMs).toUTCString(), ...headers }).end('no such thing');
    });
    const [found] = await checkSourceClock({ sourceId: 'support', baseUrl: api.url }, signal);
    return found;
  };

  test('agrees, whatever it answers; an answer from a cache is as old as it says', async () => {
    expect(await look(0)).toMatchObject({ check: 'clock of support', status: 'ok' });
    expect(await look(-120_000, { age: '120' })).toMatchObject({ status: 'ok' });
  });

  test('that is far from ours is told with its direction', async () => {
    expect(await look(90_000)).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(/is (?:89|90|91) s behind/u),
    });
    expect(await look(-3_600_000)).toMatchObject({ status: 'warn', message: expect.stringContaining('ahead of') });
  });

  test('is not told of where nobody answers', async () => {
    const gone = await serve(() => {});
    await gone[Symbol.asyncDispose]();
    expect(await checkSourceClock({ sourceId: 'support', baseUrl: gone.url }, signal)).toEqual([]);
  });
});

describe('webhooks', () => {
  const signed = testSource('http://127.0.0.1:9', { webhookSecrets: [secret('wsec_1')] });
  const look = async (publicUrl: string | null, sources = [signed]) => {
    const findings = await checkWebhooks({ sources, http: { ...noHttp, publicUrl } }, signal);
    return findings.map(({ check, status }) => `${check}: ${status}`);
  };

  test('none set up is in order; an address without a secret is not', async () => {
    const unsigned = [testSource('http://127.0.0.1:9')];
    expect(await look(null, unsigned)).toEqual(['webhooks: ok']);
    expect(await look('https://hooks.example.com', unsigned)).toEqual(['webhook secrets: warn']);
    expect(await look(null)).toEqual(['webhook secrets: ok', 'webhook endpoint: warn']);
  });

  test('the endpoint is tried under its public address', async () => {
    let status = 200;
    const asked: (string | undefined)[] = [];
    await using gateway = await serve((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end('{}');
    });
    const [, open] = await checkWebhooks({ sources: [signed], http: { ...noHttp, publicUrl: gateway.url } }, signal);
    expect(open).toMatchObject({ status: 'warn', message: expect.stringContaining('without TLS') });
    expect(asked).toEqual(['/healthz']);
    status = 502;
    const [, wrong] = await checkWebhooks({ sources: [signed], http: { ...noHttp, publicUrl: gateway.url } }, signal);
    expect(wrong).toMatchObject({ status: 'warn', message: expect.stringContaining('502') });
    await gateway[Symbol.asyncDispose]();
    const [, away] = await checkWebhooks({ sources: [signed], http: { ...noHttp, publicUrl: gateway.url } }, signal);
    expect(away).toMatchObject({ status: 'warn', message: expect.stringContaining('cannot be reached from here') });
  });
});

describe('alert receivers', () => {
  const look = (receivers: readonly AlertReceiver[]) =>
    checkReceivers({ sources: [testSource('http://127.0.0.1:9')], alerts: { ...defaultAlerts(), receivers } })
      .filter(({ status }) => status === 'warn')
      .map(({ check }) => check);
  const https = 'https://chat.example.com/hooks/secret-token';

  test('that are missing, or all deaf to warnings, are told of; so is a missing heartbeat', () => {
    expect(look([])).toEqual(['alert receivers', 'heartbeat']);
    expect(look([receiverAt(https, { minSeverity: 'critical' })])).toEqual(['alert receivers', 'heartbeat']);
    expect(look([receiverAt(https)])).toEqual(['heartbeat']);
    const alerts = {
      ...defaultAlerts(),
      receivers: [receiverAt(https)],
      heartbeat: { url: secret(https), everySecs: 60 },
    };
    const findings = checkReceivers({ sources: [testSource('http://127.0.0.1:9')], alerts });
    expect(findings.every(({ status }) => status === 'ok')).toBe(true);
    expect(JSON.stringify(findings)).not.toContain('secret-token');
  });

  test('whose URL does not fit their kind, or is open to be read, are told of', () => {
    const discord = 'https://discord.com/api/webhooks/1/token';
    const named = (url: string, kind: AlertReceiver['kind']) => look([receiverAt(url, { kind })]);
    expect(named(discord, 'slack')).toContain('alert receiver ops');
    expect(named(`${discord}/slack`, 'slack')).toEqual(['heartbeat']);
    expect(named('https://hooks.slack.com/services/T/B/x', 'generic')).toContain('alert receiver ops');
    expect(named('http://chat.example.com/hooks/x', 'slack')).toContain('alert receiver ops');
    expect(named('http://localhost:8065/hooks/x', 'slack')).toEqual(['heartbeat']);
  });
});

test('doctor looks at all of them: room, who watches, and what a receiver has not taken', async () => {
  await using simulator = await startSimulator({ conversationCount: 1, apiKey: testApiKey });
  await using warehouse = await createWarehouse();
  await using away = await startReceiver();
  await away.goAway();
  const alerts = quickAlerts([receiverAt(away.url)]);
  const config = { databaseUrl: warehouse.url, queueUrl: null, sources: [testSource(simulator.url)], alerts };
  const look = async (changes: Partial<typeof alerts> = {}) => {
    const doctor = makeRunCommand({ ...config, alerts: { ...alerts, ...changes } });
    const { checks } = jsonOf(await doctor('doctor', '--json')) as {
      checks: { check: string; status: string; message: string }[];
    };
    return checks;
  };
  const unwatched = await look();
  expect(unwatched.filter(({ status }) => status === 'ok').map(({ check }) => check)).toEqual(
    expect.arrayContaining(['disk', 'clock', 'clock of support', 'webhooks', 'alert receivers']),
  );
  expect(unwatched.find(({ check }) => check === 'alert watch')).toMatchObject({ status: 'warn' });
  expect((await look({ databaseBytesMax: 1_000_000 })).find(({ check }) => check === 'disk')).toMatchObject({
    status: 'fail',
  });

  await using opened = await openTestContext(config);
  const { context } = opened;
  await execute(
    context,
    `insert into voxport_ops.failures (source_id, stage, error_class, message) values ('support', 'fetch', 'timeout', 'x')`,
  );
  const clock = makeClock(context);
  await using watches = new AsyncDisposableStack();
  watches.use(await watch(context, alerts, clock));
  watches.use(await keepHeartbeat(context, ['scheduler']));
  await lookedAgain(context);
  const watched = await until(
    () => {
      clock.ahead(5000);
      return look();
    },
    {
      until: (checks) => checks.some(({ check }) => check === 'alert receiver ops'),
      what: 'a second attempt in vain',
    },
  );
  expect(watched.find(({ check }) => check === 'alert receiver ops')?.message).toMatch(
    /has not taken 1 alert .*ECONNREFUSED/u,
  );
  expect(watched.find(({ check }) => check === 'alert watch')).toMatchObject({ status: 'ok' });
  expect(JSON.stringify(watched)).not.toContain('secret-path');
});
