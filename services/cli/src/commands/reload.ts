import { loadWaiting, reload as reloadSource } from '@voxport/loader';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { withDatabase } from '../export/with-database.ts';
import { reloadJson, reloadText, type ReloadedSource } from '../report/reload-report.ts';
import { count } from '../report/run-report.ts';
import { knownSources } from './known-sources.ts';

/** Progress is told this often. */
const progressEveryMs = 2000;

export interface ReloadOptions {
  readonly from: Date | null;
  readonly to: Date | null;
  readonly agentId: string | null;
  readonly conversationIds: readonly string[] | null;
  readonly source: string | null;
  readonly json: boolean;
}

/** `voxport reload`: rebuilds the tables from the raw store, without the API and without the queue. */
export async function reload(command: CommandContext, options: ReloadOptions): Promise<ExitCode> {
  const startedMs = performance.now();
  const config = await command.loadConfig({ needsSources: false });
  return withDatabase(command, { config, service: 'reload', schemas: 'upgraded' }, async ({ database, logger }) => {
    const { from, to, agentId, conversationIds } = options;
    const sources: ReloadedSource[] = [];
    for (const { sourceId, dialect } of await knownSources(database, options.source)) {
      const configured = config.sources.find((source) => source.sourceId === sourceId);
      const log = logger.child({ sourceId });
      const done = await reloadSource({
        database,
        dialect,
        mirrorDeletions: configured?.mirrorDeletions ?? false,
        selection: { sourceId, from, to, agentId, conversationIds },
        logger: log,
        signal: command.signal,
        onProgress: sometimes(({ conversations, conversationsTotal }) => {
          command.note(`${sourceId}: ${count(conversations)} of ${count(conversationsTotal)} conversations rebuilt`);
        }),
      });
      const loadedWaiting =
        configured === undefined
          ? null
          : await loadWaiting({ database, config: configured, logger: log, signal: command.signal });
      const { conversations, payloads, failed } = done;
      sources.push({ sourceId, conversations, payloads, failed, loadedWaiting });
    }
    const durationMs = Math.round(performance.now() - startedMs);
    command.print(options.json ? reloadJson(sources, durationMs) : reloadText(sources, durationMs));
    return sources.some(({ failed }) => failed > 0) ? 1 : 0;
  });
}

/** Passes on what comes, but not more often than a person reads. */
function sometimes<Value>(tell: (value: Value) => void): (value: Value) => void {
  let toldMs = performance.now();
  return (value) => {
    if (performance.now() - toldMs < progressEveryMs) return;
    toldMs = performance.now();
    tell(value);
  };
}
