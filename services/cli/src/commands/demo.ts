import { openServiceContext, secret, type SourceConfig } from '@voxport/runtime';
import { countTables, lastExportedAt, runReadOnlyQuery } from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { demoDatabaseName } from '../demo/demo-database.ts';
import { exampleQueries } from '../demo/example-queries.ts';
import { startSimulatorProcess } from '../demo/start-simulator-process.ts';
import { runToEnd, type RunRequest } from '../export/run-to-end.ts';
import { demoReport } from '../report/demo-report.ts';
import { bringUpToDate, openEmbedded } from '../resolve-database.ts';

const seed = 7;
/** A month that lies still: the same calls at every run, or a second run would have something to change. */
const month = { startUnixSecs: Date.UTC(2026, 8, 1) / 1000, endUnixSecs: Date.UTC(2026, 9, 1) / 1000 };
const waitMs = 5000;
const queryTimeoutMs = 60_000;

/**
 * `voxport demo`: exports a month of simulated conversations into the embedded Postgres, twice, and shows what is in
 * it. The second export lists everything again and finds nothing to change.
 */
export async function demo(command: CommandContext, options: { conversations: number }): Promise<ExitCode> {
  const startedMs = performance.now();
  const config = await command.loadConfig({ needsSources: false });
  const apiKey = 'demo-key';
  command.note('Starting an embedded Postgres and a simulated API …');
  const database = await openEmbedded(config.dataDir, command, demoDatabaseName);
  await bringUpToDate(database, { ...config, databaseUrl: null, queueUrl: null }, command);
  const databaseUrl = database.url;

  await using opened = new AsyncDisposableStack();
  const simulator = await startSimulatorProcess({ conversationCount: options.conversations, seed, apiKey, ...month });
  opened.defer(simulator.close);
  const { context, close } = await openServiceContext({
    service: 'demo',
    databaseUrl,
    queueUrl: null,
    sources: [demoSource(simulator.url, apiKey)],
    logger: await command.makeLogger({ ...config, logLevel: config.logLevel === 'info' ? 'warn' : config.logLevel }),
    signal: command.signal,
    waitMs,
  });
  opened.defer(close);

  const { kysely } = context.database;
  const request: RunRequest = {
    kind: 'sync',
    range: null,
    filters: {},
    plan: (planner, runId) => planner.planSync(runId),
  };
  command.note(`Exporting ${options.conversations} conversations, then once more …`);
  const first = await runToEnd(context, request, command.signal);
  const exportedAt = await lastExportedAt(kysely);
  const second = await runToEnd(context, request, command.signal);
  const nothingChanged = exportedAt?.getTime() === (await lastExportedAt(kysely))?.getTime();

  const answers = [];
  const { readerUrl } = database;
  for (const example of exampleQueries) {
    // The embedded Postgres has a reader always.
    const rows =
      readerUrl === null
        ? []
        : await runReadOnlyQuery({ url: readerUrl, query: example.query, timeoutMs: queryTimeoutMs });
    answers.push({ ...example, rows });
  }
  command.print(
    demoReport({
      first,
      second,
      nothingChanged,
      tables: await countTables(kysely),
      answers,
      columns: command.columns,
      psqlCommand: database.psqlCommand ?? '',
      tookSecs: (performance.now() - startedMs) / 1000,
    }),
  );
  return first.counts.failed > 0 || !nothingChanged ? 1 : 0;
}

function demoSource(baseUrl: string, apiKey: string): SourceConfig {
  return {
    sourceId: 'demo',
    dialect: 'elevenlabs',
    baseUrl,
    apiKey: secret(apiKey),
    filters: {},
    schedule: { everySecs: 300 },
    // The whole month again, with every sync: that is what shows that nothing changes.
    lookbackSecs: 366 * 86_400,
    since: null,
    requestsInFlight: { start: 16, max: 32 },
    checkPolicy: { refreshSecs: [3600, 86_400, 604_800], retentionSecs: 730 * 86_400 },
    keep: {
      runsSecs: 90 * 86_400,
      verificationsSecs: 400 * 86_400,
      webhookEventsSecs: 30 * 86_400,
      failuresSecs: 90 * 86_400,
      rawHistorySecs: null,
    },
    mirrorDeletions: false,
    rawHistory: 'changed',
    audio: null,
    mode: 'poll',
    checkTotalCount: true,
    checkMessageCount: true,
    retryAfterMaxSecs: 900,
    detail: 'auto',
    freshnessSecs: null,
    webhookSecrets: [],
    redact: { rules: [], key: null },
    verify: null,
  };
}
