import { snakeJson } from '@voxport/domain';
import { makeSourcePlanner } from '@voxport/scheduler';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { withServiceContext } from '../export/with-service-context.ts';
import { count } from '../report/run-report.ts';

/**
 * `voxport rebuild-queue`: refills an emptied queue from Postgres. What is still there is not doubled, so it may be run
 * at any time.
 */
export async function rebuildQueue(
  command: CommandContext,
  options: { source: string | null; json: boolean },
): Promise<ExitCode> {
  const config = await command.loadConfig({ needsSources: true });
  return withServiceContext<ExitCode>(
    command,
    { config, sourceId: options.source, service: 'rebuild-queue' },
    async (context) => {
      const sources = [];
      for (const source of context.sources) {
        const planner = makeSourcePlanner(context, source);
        await planner.schedule();
        sources.push({ source: source.config.sourceId, ...(await planner.refill()) });
      }
      command.print(
        options.json
          ? snakeJson({ sources })
          : sources
              .map(
                ({ source, windows, conversations, hasMore, hasLandedPayloads }) =>
                  `${source}: ${count(windows)} open windows and ${count(conversations)} wanted conversations are enqueued` +
                  (hasMore ? ', the others follow as these are done' : '') +
                  `${hasLandedPayloads ? ', the loader is woken for what has landed' : ''}, the schedules stand.`,
              )
              .join('\n'),
      );
      return 0;
    },
  );
}
