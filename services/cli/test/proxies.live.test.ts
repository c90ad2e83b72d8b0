import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pastMonth, startSimulator } from '@voxport/simulator';
import { describeWithProgram, makeCertificates, startTestBucket } from '@voxport/testkit';
import { startHttpProxy } from '@voxport/testkit/http-proxy';
import { expect, onTestFinished, test } from 'vitest';
import { createWarehouse, testApiKey } from './export-parts.ts';
import { jsonOf } from './make-run-command.ts';
import { runCommandIn } from './run-command.ts';

/** A receiver that takes everything. */
async function startTaker(): Promise<{ port: string; paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(`${request.method} ${request.url}`);
    request.resume();
    request.on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: String((server.address() as AddressInfo).port), paths };
}

/** An address at a host that there is not: only the proxy, which leads every name to this machine, reaches it. */
function elsewhere(url: string, host: string): string {
  return `http://${host}:${new URL(url).port}`;
}

/** `host:port` of everything that a proxy was asked for. */
function hostsOf(asked: readonly string[]): string[] {
  const hosts = asked.map((one) => (one.startsWith('CONNECT ') ? one.slice(8) : new URL(one.split(' ')[1]!).host));
  return [...new Set(hosts)].toSorted();
}

async function fileWith(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'voxport-proxies-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'voxport.yaml');
  await writeFile(path, text);
  return path;
}

test('everything that is sent goes by the proxy: the API, recordings, alerts, the heartbeat, traces; doctor says by which', async () => {
  await using simulator = await startSimulator({ conversationCount: 3, seed: 8, apiKey: testApiKey, ...pastMonth });
  await using warehouse = await createWarehouse();
  await using bucket = await startTestBucket();
  await using proxy = await startHttpProxy();
  const taker = await startTaker();
  const at = (host: string): string => `http://${host}:${taker.port}`;
  const { accessKeyId, secretAccessKey } = bucket.settings.credentials;
  const environment = {
    DATABASE_URL: warehouse.url,
    HTTP_PROXY: `http://me:secret%40word@127.0.0.1:${proxy.port}`,
    API_KEY: testApiKey,
    S3_ID: accessKeyId,
    S3_SECRET: secretAccessKey,
    VOXPORT_ALERT_WEBHOOK_URL: `${at('alerts.test')}/hook`,
    VOXPORT_HEARTBEAT_URL: `${at('heartbeat.test')}/beat`,
    OTEL_EXPORTER_OTLP_ENDPOINT: at('traces.test'),
    VOXPORT_CONFIG: await fileWith(`
sources:
  - name: support
    dialect: elevenlabs
    base_url: ${elsewhere(simulator.url, 'api.test')}
    allow_http: true
    api_key_env: API_KEY
    audio:
      s3: { bucket: ${bucket.settings.bucket}, endpoint: '${elsewhere(bucket.settings.endpoint, 's3.test')}', access_key_id_env: S3_ID, secret_access_key_env: S3_SECRET }
`),
  };
  expect(jsonOf(await runCommandIn(environment, ['sync', '--json']))).toMatchObject({ state: 'finished', loaded: 3 });
  expect((await bucket.keys()).length).toBeGreaterThan(0);
  expect((await runCommandIn(environment, ['alerts', 'test'])).exitCode).toBe(0);
  expect(taker.paths).toEqual(expect.arrayContaining(['POST /hook', 'GET /beat', 'POST /v1/traces']));
  const ports = {
    api: new URL(simulator.url).port,
    s3: new URL(bucket.settings.endpoint).port,
  };
  expect(hostsOf(proxy.asked)).toEqual(
    [
      `api.test:${ports.api}`,
      `s3.test:${ports.s3}`,
      ...['alerts', 'heartbeat', 'traces'].map((host) => `${host}.test:${taker.port}`),
    ].toSorted(),
  );
  expect(new Set(proxy.authorizations)).toEqual(new Set([`Basic ${Buffer.from('me:secret@word').toString('base64')}`]));

  const doctor = await runCommandIn(environment, ['doctor']);
  const place = `http://127.0.0.1:${proxy.port} (HTTP_PROXY)`;
  expect(doctor.stdout).toContain(`proxy: support by ${place}; the recordings of support by ${place}`);
  expect(doctor.stdout).not.toMatch(/secret/u);

  const asked = proxy.asked.length;
  const straight = { ...environment, NO_PROXY: 'other.test, .test' };
  const without = await runCommandIn(straight, ['doctor']);
  expect(without.stdout).toContain('proxy: support straight; the recordings of support straight');
  // No such host: it was not asked for by the proxy.
  expect(without.stdout).toMatch(/source support: .*api\.test.*host name/u);
  expect(proxy.asked.length).toBe(asked);
});

test('a proxy that refuses is named as what refuses, without its credentials', async () => {
  await using warehouse = await createWarehouse();
  await using refusing = await startHttpProxy({ refuseWith: 407 });
  for (const ELEVENLABS_BASE_URL of ['https://api.test', 'http://api.test']) {
    const { stdout } = await runCommandIn(
      {
        DATABASE_URL: warehouse.url,
        ELEVENLABS_API_KEY: testApiKey,
        ELEVENLABS_BASE_URL,
        ELEVENLABS_ALLOW_HTTP: 'true',
        HTTP_PROXY: `http://me:secret-word@127.0.0.1:${refusing.port}`,
      },
      ['doctor'],
    );
    expect(stdout).toMatch(/by the proxy http:\/\/127\.0\.0\.1:\d+ \(HTTPS?_PROXY\)/u);
    expect(stdout).toMatch(
      /the proxy did not let it through .*Check HTTPS?_PROXY: its address, its user and password/u,
    );
    expect(stdout).not.toContain('secret-word');
  }
  const { stdout } = await runCommandIn(
    {
      DATABASE_URL: warehouse.url,
      ELEVENLABS_API_KEY: testApiKey,
      ELEVENLABS_BASE_URL: 'https://api.test',
      HTTPS_PROXY: 'http://127.0.0.1:9',
    },
    ['doctor'],
  );
  expect(stdout).toMatch(/by the proxy http:\/\/127\.0\.0\.1:9 \(HTTPS_PROXY\).*refused/u);
});

describeWithProgram('openssl', 'an API with TLS behind a proxy', (openssl) => {
  test('is asked through a tunnel: the proxy sees neither key nor path; an authority of ca_file is believed, another is not', async () => {
    await using simulator = await startSimulator({ conversationCount: 2, seed: 8, apiKey: testApiKey, ...pastMonth });
    await using warehouse = await createWarehouse();
    await using proxy = await startHttpProxy();
    using certificates = makeCertificates(openssl, ['api.test'], 'nobody');
    const sessions: string[] = [];
    // TLS in front of the simulator.
    const server = createTlsServer({
      cert: await readFile(certificates.certFile),
      key: await readFile(certificates.keyFile),
    });
    server.on('secureConnection', (socket) => {
      sessions.push(String(socket.servername));
      const onward = connect(Number(new URL(simulator.url).port), '127.0.0.1');
      socket.pipe(onward).pipe(socket);
      for (const one of [socket, onward]) one.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const environment = async (more: string): Promise<Record<string, string>> => ({
      DATABASE_URL: warehouse.url,
      HTTPS_PROXY: proxy.url,
      API_KEY: testApiKey,
      VOXPORT_CONFIG: await fileWith(`
sources:
  - { name: support, dialect: elevenlabs, base_url: 'https://api.test:${port}', api_key_env: API_KEY${more} }
`),
    });
    const strange = await runCommandIn(await environment(''), ['doctor']);
    expect(strange.stdout).toMatch(/source support: .*TLS certificate is signed by an unknown authority/u);
    const trusted = await environment(`, ca_file: '${certificates.caFile}'`);
    expect(jsonOf(await runCommandIn(trusted, ['sync', '--json']))).toMatchObject({ state: 'finished', loaded: 2 });
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT api.test:${port}`]));
    expect(new Set(sessions)).toEqual(new Set(['api.test']));
  });
});
