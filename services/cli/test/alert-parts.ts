import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultAlerts, secret, type AlertReceiver, type AlertsConfig, type ServiceContext } from '@voxport/runtime';
import { startAlerts } from '@voxport/alerts';
import { eventually } from '@voxport/testkit';
import { databaseNow, readEvaluatedAt, runQuery } from '@voxport/warehouse';

/** What a receiver was sent, as the generic format has it. */
export interface ReceivedAlert {
  readonly event: string;
  readonly alert_id: number;
  readonly kind: string;
  readonly severity: string;
  readonly source_id: string | null;
  readonly title: string;
  readonly detail: string;
  readonly since: string;
  readonly count: number | null;
  readonly remedy: string;
  readonly command: string;
}

interface ReceivedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real HTTP server that takes alerts, or does not, as it is told. */
export async function startReceiver() {
  const requests: ReceivedRequest[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      if (status < 300) requests.push({ method: request.method ?? '', headers: request.headers, body });
      response.writeHead(status).end(status < 300 ? 'ok' : `refused at ${request.url ?? ''}`);
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    requests,
    url: `http://127.0.0.1:${port}/hooks/secret-path-of-the-receiver`,
    answer: (with_: number): void => void (status = with_),
    goAway: close,
    comeBack: () => listen(port),
    /** Every alert it has taken, those of digests included, in order; of one kind, or of all. */
    alerts: (kind?: string): ReceivedAlert[] =>
      requests
        .flatMap(({ body }) => (JSON.parse(body) as { alerts: ReceivedAlert[] }).alerts)
        .filter((alert) => kind === undefined || alert.kind === kind),
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await close();
    },
  };
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** A receiver as it is configured. */
export function receiverAt(url: string, changes: Partial<AlertReceiver> = {}): AlertReceiver {
  return { name: 'ops', kind: 'generic', url: secret(url), minSeverity: 'info', quietHours: null, ...changes };
}

/**
 * Alerts that are looked at five times a second, and of which none is about consumption unless asked for: these tests
 * run no fleet.
 */
export function quickAlerts(receivers: readonly AlertReceiver[], changes: Partial<AlertsConfig> = {}): AlertsConfig {
  return { ...defaultAlerts(), receivers, evaluateEverySecs: 0.2, stuckAfterSecs: 1e9, ...changes };
}

/** A clock that is the database's, and can be set on: alerts are measured by it. */
export function makeClock({ database: { kysely } }: Pick<ServiceContext, 'database'>) {
  let aheadMs = 0;
  return {
    now: async (): Promise<Date> => new Date((await databaseNow(kysely)).getTime() + aheadMs),
    ahead: (ms: number): void => void (aheadMs += ms),
    set: async (time: Date): Promise<void> => {
      aheadMs = time.getTime() - (await databaseNow(kysely)).getTime();
    },
  };
}
export type Clock = ReturnType<typeof makeClock>;

/** Watches over the pipeline of a context, as a scheduler does, by a clock of the test's. */
export async function watch(
  context: ServiceContext,
  alerts: AlertsConfig,
  clock: Clock,
): Promise<{ close: () => Promise<void> } & AsyncDisposable> {
  const running = await startAlerts({ ...context, alerts }, { now: clock.now, deliverEveryMs: 50 });
  return { close: running.close, [Symbol.asyncDispose]: running.close };
}

/** Waits until the pipeline has been looked at three times more. */
export async function lookedAgain({ database: { kysely } }: ServiceContext): Promise<void> {
  for (let times = 0; times < 3; times += 1) {
    const before = (await readEvaluatedAt(kysely))?.getTime() ?? 0;
    await eventually(async () => ((await readEvaluatedAt(kysely))?.getTime() ?? 0) > before, {
      what: 'the next look at the pipeline',
    });
  }
}

/** Runs a statement on the warehouse. */
export async function execute({ database: { kysely } }: ServiceContext, statement: string): Promise<void> {
  await runQuery(kysely, statement);
}

/** A condition that is over is reported once it has been over for a minute by the clock of the test. */
export async function settled(context: ServiceContext, clock: Clock): Promise<void> {
  await lookedAgain(context);
  clock.ahead(61_000);
  await lookedAgain(context);
}

/** Waits until what is looked at is as it should be, and returns it. */
export async function until<Value>(
  probe: () => Value | Promise<Value>,
  options: { until: (value: Value) => boolean; what: string; timeoutMs?: number },
): Promise<Value> {
  const { until: isReached, ...rest } = options;
  const { value } = await eventually(async () => {
    const seen = await probe();
    return isReached(seen) ? { value: seen } : null;
  }, rest);
  return value;
}
