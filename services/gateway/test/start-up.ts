import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrateQueue } from '@voxport/jobs';
import { pastMonth, startSimulator, type Simulator } from '@voxport/simulator';
import { createTestDatabase, startProcess, type DatabaseTemplate, type StartedProcess } from '@voxport/testkit';
import { connectDatabase, migrateDatabase, queueRoles, runQuery } from '@voxport/warehouse';
import { onTestFinished } from 'vitest';

export const operatorToken = 'operator-token-of-these-tests';
export const webhookSecret = 'whsec_of_these_tests';

const apiKey = 'key-of-these-tests';
const voxport = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const compileCache = { NODE_COMPILE_CACHE: join(tmpdir(), 'voxport-test-compile-cache') };

/**
 * Everything of `voxport up` in a process of its own, beside a simulated API with a month of calls that no sync lists.
 */
export interface Up {
  readonly url: string;
  readonly databaseUrl: string;
  readonly process: StartedProcess;
  readonly simulator: Simulator;
  readonly query: (text: string) => Promise<Record<string, unknown>[]>;
}

/** What `voxport up` would do first, once for all tests; that it does is tested with the command. */
const template: DatabaseTemplate = {
  name: 'export',
  prepare: async (url) => {
    await migrateDatabase({ url, onWarning: () => {} });
    await migrateQueue({ queueUrl: url, grantTo: queueRoles });
  },
};

/** Starts it; it ends with the test. */
export async function startUp(
  options: { conversationCount?: number; latencyMs?: number; queueUrl?: string; token?: string | null } = {},
): Promise<Up> {
  const { conversationCount = 150, latencyMs = 10, token = operatorToken } = options;
  const simulator = await startSimulator({ conversationCount, seed: 41, apiKey, latencyMs, ...pastMonth });
  onTestFinished(() => simulator.close());
  const created = await createTestDatabase({ template });
  onTestFinished(() => created.drop());
  const folder = await mkdtemp(join(tmpdir(), 'voxport-page-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const configuration = join(folder, 'sources.yaml');
  // The sync lists what came since; the month is for the backfills of the page.
  await writeFile(
    configuration,
    `sources:
  - { name: support, api_key_env: KEY, base_url: '${simulator.url}', since: 2026-10-20, verify: off, webhook_secret_env: HOOK }
`,
  );
  const process = startProcess(globalThis.process.execPath, [voxport, 'up'], {
    env: {
      ...compileCache,
      VOXPORT_CONFIG: configuration,
      KEY: apiKey,
      HOOK: webhookSecret,
      DATABASE_URL: created.url,
      VOXPORT_HTTP_PORT: '0',
      LOG_LEVEL: 'info',
      ...(token === null ? {} : { VOXPORT_OPERATOR_TOKEN: token }),
      ...(options.queueUrl === undefined ? {} : { QUEUE_URL: options.queueUrl }),
    },
  });
  const line = await process.waitForLine(/^The operators' page: /u);
  const database = connectDatabase({
    url: created.url,
    poolSizeMax: 2,
    applicationName: 'test',
    onPoolError: () => {},
  });
  onTestFinished(() => database.close());
  return {
    url: line.replace("The operators' page: ", ''),
    databaseUrl: created.url,
    process,
    simulator,
    query: (text) => runQuery(database.kysely, text),
  };
}
