import type { ServiceContext, SourceConfig } from '@voxport/runtime';
import { pastMonth, startSimulator, type Simulator, type SimulatorOptions } from '@voxport/simulator';
import { runQuery } from '@voxport/warehouse';
import { createWarehouse, openTestContext, testApiKey, testSource, type OpenQueueStore } from './export-parts.ts';
import { makeRunCommand } from './make-run-command.ts';

/** Everything that a test of an export in this process needs; closed with the scope. */
export interface OpenExport extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly config: { databaseUrl: string; queueUrl: string | null; sources: readonly SourceConfig[] };
  readonly context: ServiceContext;
  readonly query: (text: string) => ReturnType<typeof runQuery>;
  /** Runs `voxport …` in this process. */
  readonly voxport: ReturnType<typeof makeRunCommand>;
}

/**
 * A simulated API with a month of calls that lies in the past, an empty warehouse, a queue, and one source that reads
 * from the one into the other. Without `openQueueStore` the queue runs in the warehouse's own database.
 */
export async function openExport(options: {
  simulator: SimulatorOptions;
  source?: Partial<SourceConfig>;
  openQueueStore?: OpenQueueStore;
}): Promise<OpenExport> {
  await using opened = new AsyncDisposableStack();
  const simulator = opened.use(await startSimulator({ apiKey: testApiKey, ...pastMonth, ...options.simulator }));
  const warehouse = opened.use(await createWarehouse());
  const store = options.openQueueStore === undefined ? null : opened.use(await options.openQueueStore());
  const config = {
    databaseUrl: warehouse.url,
    queueUrl: store?.queueUrl ?? null,
    sources: [testSource(simulator.url, options.source)],
  };
  const { context } = opened.use(await openTestContext(config));
  const kept = opened.move();
  return {
    simulator,
    config,
    context,
    query: (text) => runQuery(context.database.kysely, text),
    voxport: makeRunCommand(config),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The ids of what the simulated API serves, in the order in which it tells the truth. */
export async function servedIds({ simulator }: Pick<OpenExport, 'simulator'>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { conversations } of simulator.truths()) ids.push(String(conversations['conversation_id']));
  return ids;
}
