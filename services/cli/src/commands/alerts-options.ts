import { InvalidArgumentError, type Command } from 'commander';
import { aboutDemo } from '../demo/about-demo.ts';
import type { CommandParts } from './command-parts.ts';

const actions = ['list', 'test'] as const;
type Action = (typeof actions)[number];

/** Adds `voxport alerts` to the program. */
export function addAlertsCommand(program: Command, parts: Omit<CommandParts, 'source'>): void {
  program
    .command('alerts')
    .description('the open alerts, and what is still to be delivered; test: send a test alert to every receiver')
    .argument('[action]', 'list or test', parseAction, 'list')
    .option('--all', 'list: those that recovered lately too')
    .addOption(parts.demo)
    .addOption(parts.json)
    .action(async (action: Action, given: { all?: boolean; demo?: boolean; json?: boolean }) => {
      const { listAlerts, testAlerts } = await import('./alerts.ts');
      const json = given.json ?? false;
      return parts.run(
        action === 'list'
          ? listAlerts(aboutDemo(parts.context, given.demo), { all: given.all ?? false, json })
          : testAlerts(parts.context, { json }),
      );
    });
}

function parseAction(text: string): Action {
  const action = actions.find((known) => known === text);
  if (action === undefined) throw new InvalidArgumentError(`It takes ${actions.join(', ')}.`);
  return action;
}
