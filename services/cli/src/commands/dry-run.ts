import type { ListFilters, TimeRange } from '@voxport/domain';
import type { ServiceContext } from '@voxport/runtime';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { checkSources } from '../export/check-sources.ts';
import { estimateBackfill } from '../export/estimate-backfill.ts';
import { estimateJson, estimateText } from '../report/estimate-report.ts';
import { count } from '../report/run-report.ts';

/**
 * `voxport backfill --dry-run`: lists, and says what the backfill would do and how long it would take. Sources are
 * asked at once, as a backfill would.
 */
export async function dryRun(
  command: CommandContext,
  context: ServiceContext,
  options: { range: TimeRange; filters: ListFilters; json: boolean },
): Promise<ExitCode> {
  const { signal, terminal } = command;
  const { usable, refused } = await checkSources(context.sources, signal);
  const [first] = refused;
  if (usable.length === 0 && first !== undefined) throw first.failure;
  const progress = new Map<string, { listed: number; requests: number }>();
  const show = (): void => {
    const all = [...progress.values()];
    const listed = all.reduce((total, one) => total + one.listed, 0);
    const requests = all.reduce((total, one) => total + one.requests, 0);
    terminal?.show(
      `listing: ${count(listed)} conversations on ${count(requests)} pages`.slice(0, terminal.columns() - 1),
    );
  };
  try {
    const estimates = await Promise.all(
      usable.map((source) =>
        estimateBackfill(context, source, options, {
          signal,
          onPage: (listed, requests) => {
            progress.set(source.config.sourceId, { listed, requests });
            show();
          },
        }),
      ),
    );
    terminal?.clear();
    command.print(
      options.json ? estimateJson(estimates, options.range, refused) : estimateText(estimates, options.range, refused),
    );
    return refused.length > 0 ? 2 : 0;
  } finally {
    terminal?.clear();
  }
}
