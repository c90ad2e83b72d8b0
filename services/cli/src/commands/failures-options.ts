import { failureCodes } from '@voxport/domain';
import type { FailureStage } from '@voxport/warehouse';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { aboutDemo } from '../demo/about-demo.ts';
import type { CommandContext, ExitCode } from '../command-context.ts';
import type { CommandParts } from './command-parts.ts';
import { parseCount, parseEndTimeArgument, parseTimeArgument } from '../parse-arguments.ts';
import { UsageError } from '../usage-error.ts';
import type { FailuresOptions } from './failures.ts';

const actions = ['list', 'show', 'retry', 'discard'] as const;
type Action = (typeof actions)[number];
/** The type makes a forgotten one a compile error. */
const stages: Readonly<Record<FailureStage, true>> = { list: true, fetch: true, load: true, webhook: true };

interface GivenOptions {
  readonly class?: string;
  readonly source?: string;
  readonly stage?: FailureStage;
  readonly since?: Date;
  readonly until?: Date;
  readonly id?: readonly number[];
  readonly each?: boolean;
  readonly limit: number;
  readonly payload?: boolean;
  readonly all?: boolean;
  readonly demo?: boolean;
  readonly json?: boolean;
}

/** Adds `voxport failures` to the program. */
export function addFailuresCommand(program: Command, parts: CommandParts): void {
  program
    .command('failures')
    .description('the dead letters: by class, one by one, with what came; try them again, or discard them')
    .argument('[action]', 'list, show, retry or discard', parseAction, 'list')
    .argument('[id]', 'the number of one failure', parseCount)
    .option('--class <class>', 'of one error class, e.g. server_error or mapping', parseClass)
    .addOption(parts.source)
    .addOption(new Option('--stage <stage>', 'of one stage').choices(Object.keys(stages)))
    .option('--since <time>', 'last failed at this time or later', parseTimeArgument)
    .option('--until <time>', 'last failed before this time; a date means that whole day', parseEndTimeArgument)
    .option('--id <id...>', 'these failures', parseIds)
    .option('--each', 'list them one by one')
    .addOption(new Option('--limit <count>', 'how many to list one by one').default(100).argParser(parseCount))
    .option('--payload', 'show: the answer that could not be used, as it came')
    .option('--all', 'retry and discard: every open failure')
    .addOption(parts.demo)
    .addOption(parts.json)
    .action((action: Action, id: number | undefined, given: GivenOptions) =>
      parts.run(runFailures(aboutDemo(parts.context, given.demo), action, id ?? null, toOptions(id, given))),
    );
}

function toOptions(id: number | undefined, given: GivenOptions): FailuresOptions {
  const ids = [...(id === undefined ? [] : [id]), ...(given.id ?? [])];
  return {
    filter: {
      sourceId: given.source ?? null,
      stage: given.stage ?? null,
      errorClass: given.class ?? null,
      since: given.since ?? null,
      until: given.until ?? null,
      ids: ids.length === 0 ? null : ids,
    },
    each: given.each ?? ids.length > 0,
    limit: given.limit,
    payload: given.payload ?? false,
    all: given.all ?? false,
    json: given.json ?? false,
  };
}

async function runFailures(
  context: CommandContext,
  action: Action,
  id: number | null,
  options: FailuresOptions,
): Promise<ExitCode> {
  const { discardOpenFailures, listOpenFailures, retryFailures, showFailure } = await import('./failures.ts');
  switch (action) {
    case 'list':
      return listOpenFailures(context, options);
    case 'show':
      if (id === null) throw new UsageError('failures show needs the number of a failure: voxport failures show 12');
      return showFailure(context, id, options);
    case 'retry':
      return retryFailures(context, options);
    case 'discard':
      return discardOpenFailures(context, options);
  }
}

function parseAction(text: string): Action {
  const action = actions.find((known) => known === text);
  if (action === undefined) throw new InvalidArgumentError(`It takes ${actions.join(', ')}.`);
  return action;
}

function parseClass(text: string): string {
  if (Object.hasOwn(failureCodes, text)) return text;
  throw new InvalidArgumentError(`There is no such class. It takes ${Object.keys(failureCodes).join(', ')}.`);
}

function parseIds(text: string, before: readonly number[] | undefined): number[] {
  return [...(before ?? []), parseCount(text)];
}
