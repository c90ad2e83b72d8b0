import type { Command } from 'commander';
import type { CommandParts } from './command-parts.ts';
import { parseEndTimeArgument, parseTimeArgument } from '../parse-arguments.ts';
import { UsageError } from '../usage-error.ts';

interface GivenOptions {
  readonly from?: Date;
  readonly to?: Date;
  readonly agent?: string;
  readonly conversation?: readonly string[];
  readonly source?: string;
  readonly json?: boolean;
}

/** Adds `voxport reload` to the program. */
export function addReloadCommand(program: Command, parts: Omit<CommandParts, 'demo'>): void {
  program
    .command('reload')
    .description('rebuild the tables from the stored payloads, without the API, while readers read')
    .option('--from <time>', 'calls that started at this time or later', parseTimeArgument)
    .option('--to <time>', 'calls that started before this time; a date means that whole day', parseEndTimeArgument)
    .option('--agent <id>', 'conversations of one agent only')
    .option('--conversation <id...>', 'these conversations only')
    .addOption(parts.source)
    .addOption(parts.json)
    .action(async (given: GivenOptions) => {
      if (given.from !== undefined && given.to !== undefined && given.from >= given.to)
        throw new UsageError('--from must be before --to');
      const { reload } = await import('./reload.ts');
      return parts.run(
        reload(parts.context, {
          from: given.from ?? null,
          to: given.to ?? null,
          agentId: given.agent ?? null,
          conversationIds: given.conversation ?? null,
          source: given.source ?? null,
          json: given.json ?? false,
        }),
      );
    });
}
