import type { Command } from 'commander';
import type { CommandParts } from './command-parts.ts';
import type { Whom } from '../erase/plan-erasure.ts';
import { parseTimeArgument } from '../parse-arguments.ts';
import { UsageError } from '../usage-error.ts';

interface GivenOptions {
  readonly conversation?: readonly string[];
  readonly user?: string;
  readonly phone?: string;
  readonly before?: Date;
  readonly source?: string;
  readonly atSource?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Adds `voxport erase` to the program. */
export function addEraseCommand(program: Command, parts: Omit<CommandParts, 'demo'>): void {
  program
    .command('erase')
    .description('remove every trace of conversations for good, and keep them from coming back')
    .option('--conversation <id...>', 'these conversations')
    .option('--user <id>', 'conversations of this user id')
    .option('--phone <number>', 'conversations with this telephone number, in any spelling')
    .option('--before <time>', 'conversations that started before this time', parseTimeArgument)
    .addOption(parts.source)
    .option('--at-source', 'delete them at the source too')
    .option('--yes', 'do not ask; needed where there is no terminal')
    .addOption(parts.json)
    .action(async (given: GivenOptions) => {
      const whom = whomOf(given);
      const { erase } = await import('./erase.ts');
      return parts.run(
        erase(parts.context, {
          whom,
          source: given.source ?? null,
          atSource: given.atSource ?? false,
          yes: given.yes ?? false,
          json: given.json ?? false,
        }),
      );
    });
}

function whomOf({ conversation, user, phone, before }: GivenOptions): Whom {
  const chosen: Whom[] = [];
  if (conversation !== undefined) chosen.push({ kind: 'conversation', conversationIds: [...new Set(conversation)] });
  if (user !== undefined) chosen.push({ kind: 'user', userId: user });
  if (phone !== undefined) chosen.push({ kind: 'phone', number: phone });
  if (before !== undefined) chosen.push({ kind: 'before', before });
  const [first] = chosen;
  if (first === undefined || chosen.length > 1)
    throw new UsageError('erase takes exactly one of --conversation, --user, --phone and --before');
  if (first.kind === 'user' && first.userId.trim() === '') throw new UsageError('--user must not be empty');
  return first;
}
