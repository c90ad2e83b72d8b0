import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { choosePort } from '../../../packages/embedded/src/index.ts';
import { startOrder, type ComposeService } from '../compose/read-compose.ts';
import { execute, startContainer, type Container } from './container.ts';
import { listConversationIds } from './list-conversation-ids.ts';
import { recordIntoBucket } from './record-into-bucket.ts';
import { query, startPostgres, startRedis } from './stores.ts';
import { containerSettings, type Surroundings } from './surroundings.ts';
import { until } from './until.ts';

export interface FleetOptions {
  readonly surroundings: Surroundings;
  /** Service name → how many; one where nothing is said. */
  readonly scale: Readonly<Record<string, number>>;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

interface Running {
  readonly service: ComposeService;
  readonly container: Container;
}

/** A container's start, the export of the demo, a health check. */
const startTimeoutMs = 30_000;
const exportTimeoutMs = 90_000;
const healthTimeoutMs = 10_000;

/**
 * Starts every service of the project in the order of its dependencies, waits until the whole of the simulator's
 * conversations is in Postgres, asks every health check, and stops everything as `docker compose stop` would.
 * @throws Error that says what did not hold, with the last lines of the process concerned.
 */
export async function runFleet({ surroundings, scale, signal, log }: FleetOptions): Promise<void> {
  const { project } = surroundings;
  const running: Running[] = [];
  await using stores = new AsyncDisposableStack();
  try {
    for (const service of startOrder(project.services)) {
      await waitForDependencies(service, running, surroundings, signal);
      if (!service.isBuilt) await startStore(service, surroundings, stores, signal);
      else running.push(...(await startService(service, scale[service.name] ?? 1, surroundings)));
      log(`started ${service.name}${(scale[service.name] ?? 1) > 1 ? ` × ${scale[service.name]}` : ''}`);
    }
    await waitForExport(running, surroundings, signal, log);
    await checkHealth(running, surroundings, log);
    await checkPage(surroundings, log);
    const worker = project.services.get('worker');
    if (worker !== undefined) await recordIntoBucket(worker, surroundings, log);
    await stopAll(running, surroundings, log);
  } finally {
    const left = running.filter(({ container }) => !container.hasEnded());
    await Promise.all(left.map(({ container }) => container.stop(0)));
  }
}

async function startStore(
  service: ComposeService,
  surroundings: Surroundings,
  stores: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<void> {
  const { directory, projectDirectory, project, addresses, path } = surroundings;
  if (service.name === 'postgres') {
    const password = readFileSync(join(projectDirectory, project.secretFiles['postgres-password']!), 'utf8');
    const { address, stop } = await startPostgres(service, { directory, password, signal });
    stores.defer(stop);
    addresses.set('postgres:5432', address);
  } else if (service.name === 'redis') {
    const { address, container } = await startRedis(service, { directory, path, signal });
    stores.defer(async () => void (await container.stop(service.stopGracePeriodMs)));
    addresses.set('redis:6379', address);
  } else {
    throw new Error(`${service.name}: the check knows no program that stands for the image ${service.image}`);
  }
}

async function startService(service: ComposeService, count: number, surroundings: Surroundings): Promise<Running[]> {
  const { image, addresses } = surroundings;
  let { command, healthTest } = service;
  if (service.name === 'simulator') {
    const listens = ['--host', '0.0.0.0', '--port', '8080'];
    if (command.slice(1, 5).join(' ') !== listens.join(' '))
      throw new Error(`the simulator is not started with ${listens.join(' ')}`);
    // Loopback and a free port instead.
    const port = await choosePort(null);
    command = [command[0]!, '--host', '127.0.0.1', '--port', String(port), ...command.slice(5)];
    healthTest = healthTest?.map((word) => word.replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)) ?? null;
    addresses.set('simulator:8080', `127.0.0.1:${port}`);
  }
  const started: Running[] = [];
  for (let instance = 0; instance < count; instance += 1) {
    // Containers have a network each; here they would meet on one port.
    const port = String(await choosePort(null));
    if (service.name === 'gateway') addresses.set('gateway:7480', `127.0.0.1:${await choosePort(null)}`);
    const own = {
      ...service,
      healthTest,
      environment: { ...service.environment, ...gatewayPlace(service, addresses), VOXPORT_HEALTH_PORT: port },
    };
    const settings = containerSettings(own, [...image.entrypoint, ...command], surroundings);
    started.push({ service: own, container: startContainer(settings) });
  }
  return started;
}

/** Loopback and a free port, in place of the container's own. */
function gatewayPlace({ name }: ComposeService, addresses: Surroundings['addresses']): Record<string, string> {
  const port = addresses.get('gateway:7480')?.split(':')[1];
  return name === 'gateway' && port !== undefined ? { VOXPORT_HTTP_HOST: '127.0.0.1', VOXPORT_HTTP_PORT: port } : {};
}

/** Asks the operators' page as a browser without a session, and as a script with the token of the secrets. */
async function checkPage(
  { project, projectDirectory, addresses }: Surroundings,
  log: (line: string) => void,
): Promise<void> {
  const url = `http://${addresses.get('gateway:7480')}/runs`;
  const token = readFileSync(join(projectDirectory, project.secretFiles['operator-token']!), 'utf8');
  const [stranger, operator] = await Promise.all([
    fetch(url),
    fetch(url, { headers: { authorization: `Bearer ${token}` } }).then((answer) => answer.text()),
  ]);
  if (stranger.status !== 401)
    throw new Error(`the operators' page answers ${stranger.status} to somebody without the token`);
  if (!operator.includes('Start a backfill')) throw new Error("the operators' page is not shown to who has the token");
  log("the operators' page opens with the token of the secrets, and without it does not");
}

async function waitForDependencies(
  service: ComposeService,
  running: readonly Running[],
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  for (const [name, { condition }] of Object.entries(service.dependsOn)) {
    const dependency = running.find((candidate) => candidate.service.name === name);
    // A store answers before its start resolves.
    if (dependency === undefined) continue;
    const { container } = dependency;
    if (condition === 'service_completed_successfully') {
      const code = await container.ended;
      if (code !== 0) throw new Error(`${name} ended with ${code}:\n${container.tail()}`);
    } else if (condition === 'service_healthy') {
      await until(async () => (await askHealth(dependency.service, surroundings)).code === 0, {
        what: `${name} to be healthy`,
        timeoutMs: startTimeoutMs,
        signal,
        containers: [container],
      });
    }
  }
}

function askHealth(
  service: ComposeService,
  surroundings: Surroundings,
): Promise<{ code: number | null; output: string }> {
  const [form, ...rest] = service.healthTest ?? [];
  const words = form === 'CMD' ? rest : ['sh', '-c', rest.join(' ')];
  return execute(containerSettings(service, words, surroundings), healthTimeoutMs);
}

async function waitForExport(
  running: readonly Running[],
  { project, projectDirectory, addresses }: Surroundings,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  const startedMs = performance.now();
  const key = readFileSync(join(projectDirectory, project.secretFiles['elevenlabs-api-key']!), 'utf8');
  const wanted = await listConversationIds(`http://${addresses.get('simulator:8080')}`, key, signal);
  if (wanted.length === 0) throw new Error('the simulator has no conversations');
  const url = readFileSync(join(projectDirectory, project.secretFiles['database-url']!), 'utf8').replace(
    'postgres:5432',
    addresses.get('postgres:5432')!,
  );
  await until(
    async () => {
      const rows = await query<{ id: string }>(url, 'select conversation_id as id from voxport.conversations');
      const loaded = new Set(rows.map(({ id }) => id));
      const missing = wanted.filter((id) => !loaded.has(id));
      if (missing.length > 0) throw new Error(`${missing.length} of ${wanted.length} conversations are missing`);
      return true;
    },
    {
      what: 'the export of every conversation',
      timeoutMs: exportTimeoutMs,
      signal,
      containers: running.filter(({ service }) => service.name !== 'migrate').map(({ container }) => container),
    },
  );
  log(`exported all ${wanted.length} conversations in ${seconds(startedMs)}`);
}

async function checkHealth(
  running: readonly Running[],
  surroundings: Surroundings,
  log: (line: string) => void,
): Promise<void> {
  for (const { service, container } of running) {
    if (service.healthTest === null) continue;
    const { code, output } = await askHealth(service, surroundings);
    if (code !== 0)
      throw new Error(`${service.name} is not healthy:\n${output}\n--- ${service.name}\n${container.tail()}`);
  }
  log('every health check succeeds');
}

/**
 * Last started, first stopped. A health check that cannot fail would be none: each must fail once its service is down.
 */
async function stopAll(
  running: readonly Running[],
  surroundings: Surroundings,
  log: (line: string) => void,
): Promise<void> {
  for (const { service, container } of running.toReversed()) {
    if (container.hasEnded()) continue;
    const { code, tookMs } = await container.stop(service.stopGracePeriodMs);
    if (code !== 0)
      throw new Error(`${service.name} ended with ${code ?? 'SIGKILL'} after SIGTERM:\n${container.tail()}`);
    log(
      `${service.name} ended with 0, ${Math.round(tookMs)} ms after SIGTERM (it may take ${service.stopGracePeriodMs / 1000} s)`,
    );
  }
  for (const name of new Set(running.map(({ service }) => service.name))) {
    const { service } = running.find((candidate) => candidate.service.name === name)!;
    if (service.healthTest === null) continue;
    const { code } = await askHealth(service, surroundings);
    if (code === 0) throw new Error(`the health check of ${name} succeeds although it is down`);
  }
  log('every health check fails once its service is down');
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
