import { createTestLogin } from '@voxport/testkit';
import { startGateway, type Gateway } from '@voxport/gateway';
import { secret, type ServiceContext, type SourceConfig } from '@voxport/runtime';
import { startSimulator, type Simulator } from '@voxport/simulator';
import { runQuery } from '@voxport/warehouse';
import { createWarehouse, openTestContext, testApiKey, testSource } from './export-parts.ts';

export const webhookSecret = 'whsec_of_these_tests';
export const operatorToken = 'operator-token-of-these-tests';

/** Calls of the past, all over. */
const nowSecs = Math.floor(Date.now() / 1000);
const past = { startUnixSecs: nowSecs - 7200, endUnixSecs: nowSecs - 3600 };

/** A gateway that answers, a warehouse, and a simulator that sends webhooks; `close` by the scope. */
export async function openGateway(
  changes: Partial<SourceConfig> = {},
  options: { conversationCount?: number; queueUrl?: string | null } = {},
): Promise<
  {
    context: ServiceContext;
    simulator: Simulator;
    gateway: Gateway;
    databaseUrl: string;
    target: { url: string; secret: string };
    one: (query: string) => Promise<Record<string, unknown>>;
    all: (query: string) => Promise<Record<string, unknown>[]>;
  } & AsyncDisposable
> {
  await using opened = new AsyncDisposableStack();
  const simulator = opened.use(
    await startSimulator({
      seed: 31,
      apiKey: testApiKey,
      conversationCount: options.conversationCount ?? 8,
      ...past,
    }),
  );
  const warehouse = opened.use(await createWarehouse());
  const source = testSource(simulator.url, { webhookSecrets: [secret(webhookSecret)], ...changes });
  const { context } = opened.use(
    await openTestContext({ databaseUrl: warehouse.url, queueUrl: options.queueUrl ?? null, sources: [source] }),
  );
  // The gateway runs with the rights of its role and no more; the context of the test is the owner's.
  const gatewayUrl = await createTestLogin(warehouse.url, 'voxport_gateway');
  const own = opened.use(
    await openTestContext({ databaseUrl: gatewayUrl, queueUrl: options.queueUrl ?? null, sources: [source] }),
  );
  const gateway = await startGateway(own.context, {
    host: '127.0.0.1',
    port: 0,
    isPortGiven: true,
    publicUrl: null,
    trustedProxies: [],
    spoolDirectory: null,
    operatorToken: secret(operatorToken),
    note: () => {},
  });
  opened.defer(() => gateway.close());
  const all = (query: string) => runQuery(context.database.kysely, query);
  const kept = opened.move();
  return {
    context,
    simulator,
    gateway,
    databaseUrl: warehouse.url,
    target: { url: `${gateway.url}/webhooks/${source.sourceId}`, secret: webhookSecret },
    all,
    one: async (query) => (await all(query))[0] ?? {},
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
