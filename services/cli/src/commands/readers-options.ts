import { InvalidArgumentError, type Command } from 'commander';
import { UsageError } from '../usage-error.ts';
import type { CommandParts } from './command-parts.ts';
import type { ReadersAction } from './readers.ts';

const actions = ['list', 'on', 'off', 'grant', 'revoke'] as const;
type Action = (typeof actions)[number];

/** Adds `voxport readers` to the program. */
export function addReadersCommand(program: Command, parts: Pick<CommandParts, 'context' | 'run' | 'json'>): void {
  program
    .command('readers')
    .description('which sources readers see; on, off: hold them to what is granted to them, or not')
    .argument('[action]', actions.join(', '), parseAction, 'list')
    .argument('[login]', 'grant, revoke: the reader')
    .argument('[sources...]', "grant, revoke: sources by name, '*' for every one")
    .addOption(parts.json)
    .action(
      async (kind: Action, login: string | undefined, sourceIds: readonly string[], given: { json?: boolean }) => {
        const action = actionOf(kind, login, sourceIds);
        const { readers } = await import('./readers.ts');
        return parts.run(readers(parts.context, action, given.json ?? false));
      },
    );
}

function actionOf(kind: Action, reader: string | undefined, sourceIds: readonly string[]): ReadersAction {
  const isGrant = kind === 'grant' || kind === 'revoke';
  if (!isGrant) {
    if (reader !== undefined) throw new UsageError(`voxport readers ${kind} takes no login`);
    return { kind };
  }
  if (reader === undefined || sourceIds.length === 0)
    throw new UsageError(
      `voxport readers ${kind} takes a login and the sources, e.g. voxport readers ${kind} acme_bi acme`,
    );
  return { kind, reader, sourceIds };
}

function parseAction(text: string): Action {
  const action = actions.find((known) => known === text);
  if (action === undefined) throw new InvalidArgumentError(`It takes ${actions.join(', ')}.`);
  return action;
}
