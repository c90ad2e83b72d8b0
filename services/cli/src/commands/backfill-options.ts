import type { Command } from 'commander';
import type { CommandParts } from './command-parts.ts';
import { parseEndTimeArgument, parseTimeArgument } from '../parse-arguments.ts';
import { UsageError } from '../usage-error.ts';
import { addFilterOptions, readFilterOptions } from './filter-options.ts';

interface GivenOptions {
  readonly from: Date;
  readonly to: Date;
  readonly source?: string;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Adds `voxport backfill` to the program. */
export function addBackfillCommand(program: Command, parts: Omit<CommandParts, 'demo'>): void {
  const command = program
    .command('backfill')
    .description('export a range of call start times, to its end; all conversations, or those that the filters mean')
    .requiredOption('--from <time>', 'first call start, e.g. 2026-01-31 or 2026-01-31T08:00:00Z', parseTimeArgument)
    .requiredOption('--to <time>', 'call starts before this time; a date means that whole day', parseEndTimeArgument)
    .addOption(parts.source)
    .option('--detach', 'only enqueue it, for a running fleet')
    .option('--dry-run', 'only list: how many conversations, requests and minutes it would take')
    .addOption(parts.json)
    .optionsGroup('Filters (only conversations …; they replace a filter of the same name that the source has):');
  addFilterOptions(command).action(async (given: GivenOptions) => {
    if (given.from >= given.to) throw new UsageError('--from must be before --to');
    if (given.detach && given.dryRun)
      throw new UsageError('--dry-run only lists: it has nothing to enqueue, so leave --detach out');
    const filters = readFilterOptions(command);
    const { backfill } = await import('./backfill.ts');
    return parts.run(
      backfill(parts.context, {
        range: { after: given.from, before: given.to },
        filters,
        source: given.source ?? null,
        detach: given.detach ?? false,
        dryRun: given.dryRun ?? false,
        json: given.json ?? false,
      }),
    );
  });
}
