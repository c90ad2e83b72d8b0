import { openServiceContext } from '@voxport/runtime';
import { readStatus } from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { statusJson, statusText, type QueueStatus } from '../report/status-report.ts';
import { resolveDatabase } from '../resolve-database.ts';

/** A status is wanted now: a database that is not there is told at once. */
const waitMs = 0;

/** `voxport status`: how the pipeline stands, from the database and the queue. Reads only. */
export async function status(command: CommandContext, options: { json: boolean }): Promise<ExitCode> {
  const config = command.loadConfig({ needsSources: false });
  const database = await resolveDatabase(config, command);
  const { context, close } = await openServiceContext({
    service: 'status',
    databaseUrl: database.url,
    queueUrl: config.queueUrl,
    sources: config.sources,
    logger: command.makeLogger(config),
    signal: command.signal,
    waitMs,
  });
  try {
    const pipeline = await readStatus(context.database.kysely);
    const queues: QueueStatus[] = [];
    for (const {
      config: { sourceId },
      producer,
    } of context.sources) {
      queues.push({ sourceId, fetch: await producer.fetchDepth(), load: await producer.loadDepth() });
    }
    const now = new Date();
    command.print(options.json ? statusJson(pipeline, queues, now) : statusText(pipeline, queues, now));
    return 0;
  } finally {
    await close();
  }
}
