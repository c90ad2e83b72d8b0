import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '../../packages/embedded/src/index.ts';
import { startSimulator, type Simulator } from '../../packages/simulator/src/index.ts';
import { withAdmin } from '../../packages/testkit/src/databases.ts';
import type { AttackTarget } from './target.ts';

const voxport = fileURLToPath(new URL('../../services/cli/src/main.ts', import.meta.url));
const startTimeoutMs = 60_000;

/** What a command said, and how it ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly output: string;
}

/** An instance that was started to be attacked, with a source that its attacker owns. */
export interface OwnInstance extends AsyncDisposable {
  readonly target: AttackTarget;
  readonly simulator: Simulator;
  /**
   * What the source said of a caller, and nothing of ours may repeat: neither log, nor page, nor table of failures, nor
   * alert.
   */
  readonly secrets: readonly string[];
  /** The owner's URL of its database. */
  readonly ownerUrl: string;
  /** Everything that it has written so far. */
  readonly log: () => string;
  /** The bodies that its receiver of alerts got. */
  readonly alerts: () => readonly string[];
  /** What came at the place that the source redirects to, with its headers. */
  readonly redirected: () => readonly string[];
  /** Runs a command of it to its end. `inTerminal`: by `script`, so that its output is a terminal. */
  readonly command: (
    args: readonly string[],
    options?: {
      environment?: Readonly<Record<string, string>>;
      inTerminal?: boolean;
      sources?: { name: string; text: string };
    },
  ) => Promise<CommandEnd>;
}

const caller = { number: '+41 79 555 01 23', digits: '795550123', address: 'Geheimgasse 17' };
const apiKey = 'key-of-the-attacked-source';
const hostileName = `<script>alert(1)</script>\u001B]0;taken\u0007`;

/**
 * Starts everything of `voxport up` on an embedded server of its own, below a temporary directory that goes with it.
 */
export async function startOwnInstance(): Promise<OwnInstance> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'voxport-attack-'));
  opened.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const dataDir = join(folder, 'data');
  const simulator = opened.use(await startSimulator({ conversationCount: 12, seed: 'attack', apiKey }));
  const catcher = await startCatcher();
  opened.defer(catcher.close);
  makeHostile(simulator, `${catcher.url}/elsewhere`);

  const [operatorToken, webhookSecret] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const sources = await writeSources(folder, simulator.url);
  const environment = {
    PATH: String(process.env['PATH']),
    HOME: folder,
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    VOXPORT_CONFIG: sources,
    VOXPORT_DATA_DIR: dataDir,
    VOXPORT_HTTP_PORT: '0',
    VOXPORT_OPERATOR_TOKEN: operatorToken,
    VOXPORT_ALERT_WEBHOOK_URL: `${catcher.url}/alerts`,
    LOG_LEVEL: 'debug',
    KEY: apiKey,
    HOOK: webhookSecret,
  };
  opened.defer(async () => void (await stopEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') })));
  let log = '';
  const up = spawn(process.execPath, [voxport, 'up'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [up.stdout, up.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  opened.defer(() => end(up));
  const url = await waitForUrl(up, () => log);

  const own = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') });
  const [restricted, gateway] = await makeLogins(own.url, ['voxport_bi_restricted', 'voxport_gateway']);
  const command: OwnInstance['command'] = async (args, options = {}) => {
    const { sources: other } = options;
    const config = other === undefined ? {} : { VOXPORT_CONFIG: join(folder, other.name) };
    if (other !== undefined) await writeFile(join(folder, other.name), other.text);
    const all = { ...environment, TERM: 'xterm', ...config, ...options.environment };
    const line = [process.execPath, voxport, ...args].map((text) => `'${text.replaceAll("'", String.raw`'\''`)}'`);
    return options.inTerminal === true
      ? run('script', ['-qefc', `exec ${line.join(' ')}`, '/dev/null'], all)
      : run(process.execPath, [voxport, ...args], all);
  };
  const urlOf = async (...which: string[]) => (await command(['database', 'url', ...which])).output.trim();
  const [reader, ownerUrl] = [await urlOf(), await urlOf('--owner')];
  const service = await makeLogins(own.url, ['voxport_app']);
  const kept = opened.move();
  return {
    target: {
      url,
      sourceId: 'support',
      operatorToken,
      webhookSecret,
      databaseUrls: { reader, restricted: restricted ?? null, service: service[0] ?? null, gateway: gateway ?? null },
    },
    simulator,
    secrets: [caller.number, caller.digits, caller.address, apiKey, operatorToken, webhookSecret],
    ownerUrl,
    log: () => log,
    alerts: () => catcher.bodies.filter((body) => body.startsWith('/alerts')),
    redirected: () => catcher.bodies.filter((body) => body.startsWith('/elsewhere')),
    command,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A sources file with every redaction group on. */
async function writeSources(folder: string, baseUrl: string): Promise<string> {
  const path = join(folder, 'sources.yaml');
  const groups = 'messages, phone_numbers, user_ids, dynamic_variables, collected_data, tools, overrides';
  const source = `name: support, api_key_env: KEY, base_url: "${baseUrl}", webhook_secret_env: HOOK, verify: off`;
  await writeFile(path, `sources:\n  - { ${source}, redact: { rules: [{ fields: [${groups}], action: mask }] } }\n`);
  return path;
}

/** Answers that quote a caller, that a terminal or a browser would carry out, and that lead elsewhere with the key. */
function makeHostile(simulator: Simulator, elsewhere: string): void {
  const quoting = { detail: [{ msg: `no call of ${caller.number}, ${caller.address}`, input: hostileName }] };
  const match = (index: number) => ({ endpoint: 'detail', conversationId: simulator.conversationIdAt(index) }) as const;
  const detail = JSON.parse(simulator.detailText(simulator.conversationIdAt(3)) ?? '{}') as Record<string, unknown>;
  simulator.setFaults([
    { match: match(0), action: { do: 'status', status: 400, body: quoting } },
    { match: match(1), action: { do: 'status', status: 422, body: quoting } },
    { match: match(2), action: { do: 'status', status: 302, body: '', headers: { location: elsewhere } } },
    { match: match(3), action: { do: 'status', status: 200, body: { ...detail, agent_name: hostileName } } },
  ]);
}

async function startCatcher() {
  const bodies: string[] = [];
  const server = createServer((request, answer) => {
    let body = `${request.url ?? ''} ${JSON.stringify(request.headers)} `;
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      bodies.push(body);
      answer.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, bodies, close };
}

async function waitForUrl(up: ChildProcess, log: () => string): Promise<string> {
  const deadline = AbortSignal.timeout(startTimeoutMs);
  const ended = once(up, 'exit', { signal: deadline });
  ended.catch(() => undefined);
  for (;;) {
    const found = /The operators' page: (\S+)/u.exec(log())?.[1];
    if (found !== undefined) return found;
    if (up.exitCode !== null || deadline.aborted) throw new Error(`The instance to attack does not start:\n${log()}`);
    await Promise.race([
      once(up.stdout!, 'data', { signal: deadline }),
      once(up.stderr!, 'data', { signal: deadline }),
      ended,
    ]).catch(() => undefined);
  }
}

/** Logins that have the rights of a role each and no other; they go with the server. */
function makeLogins(adminUrl: string, roles: readonly string[]): Promise<string[]> {
  return withAdmin(adminUrl, async (client) => {
    const urls: string[] = [];
    for (const role of roles) {
      const [name, password] = [`attack_${role}`, randomBytes(18).toString('hex')];
      await client.query(`create role ${name} login password '${password}' in role ${role}`);
      // As docs/roles.md has an administrator make a reader.
      if (role.includes('bi')) await client.query(`alter role ${name} set statement_timeout = '5min'`);
      const url = new URL(adminUrl);
      url.username = name;
      url.password = password;
      urls.push(url.href);
    }
    return urls;
  });
}

async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandEnd> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}
