import type { RunKind } from '@voxport/warehouse';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { aboutDemo } from '../demo/about-demo.ts';
import type { CommandContext, ExitCode } from '../command-context.ts';
import type { CommandParts } from './command-parts.ts';
import { parseCount } from '../parse-arguments.ts';
import { UsageError } from '../usage-error.ts';

const actions = ['list', 'show', 'pause', 'resume', 'cancel'] as const;
type Action = (typeof actions)[number];
const kinds = ['sync', 'backfill', 'retry', 'heal'] as const satisfies readonly RunKind[];

interface GivenOptions {
  readonly open?: boolean;
  readonly kind?: RunKind;
  readonly source?: string;
  readonly limit: number;
  readonly watch?: boolean;
  readonly detach?: boolean;
  readonly demo?: boolean;
  readonly json?: boolean;
}

/** Adds `voxport runs` to the program. */
export function addRunsCommand(program: Command, parts: CommandParts): void {
  program
    .command('runs')
    .description('syncs and backfills: what they have done and do; pause one, resume it, or cancel it for good')
    .argument('[action]', 'list, show, pause, resume or cancel', parseAction, 'list')
    .argument('[run]', 'the number of a run', parseCount)
    .option('--open', 'list: those that have not ended')
    .addOption(new Option('--kind <kind>', 'list: of one kind').choices(kinds))
    .addOption(parts.source)
    .addOption(new Option('--limit <count>', 'list: how many').default(20).argParser(parseCount))
    .option('--watch', 'show: its progress, until it has ended')
    .option('--detach', 'resume: only enqueue it, for a fleet')
    .addOption(parts.demo)
    .addOption(parts.json)
    .action((action: Action, runId: number | undefined, given: GivenOptions) =>
      parts.run(runRuns(aboutDemo(parts.context, given.demo), action, runId ?? null, given)),
    );
}

async function runRuns(
  context: CommandContext,
  action: Action,
  runId: number | null,
  given: GivenOptions,
): Promise<ExitCode> {
  const json = given.json ?? false;
  if (action === 'list') {
    const filter = {
      isOpen: given.open ?? false,
      ...(given.kind === undefined ? {} : { kind: given.kind }),
      ...(given.source === undefined ? {} : { sourceId: given.source }),
    };
    const { listRunsCommand } = await import('./runs.ts');
    return listRunsCommand(context, { filter, limit: given.limit, json });
  }
  if (runId === null) throw new UsageError(`runs ${action} needs the number of a run: voxport runs ${action} 12`);
  if (action === 'resume') {
    const { resumeRunCommand } = await import('./resume-run.ts');
    return resumeRunCommand(context, { runId, detach: given.detach ?? false, json });
  }
  const { cancelRunCommand, pauseRunCommand, showRun } = await import('./runs.ts');
  switch (action) {
    case 'show':
      return showRun(context, { runId, watch: given.watch ?? false, json });
    case 'pause':
      return pauseRunCommand(context, { runId, json });
    case 'cancel':
      return cancelRunCommand(context, { runId, json });
  }
}

function parseAction(text: string): Action {
  const action = actions.find((known) => known === text);
  if (action === undefined) throw new InvalidArgumentError(`It takes ${actions.join(', ')}.`);
  return action;
}
