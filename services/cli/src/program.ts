import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from '@voxport/domain';
import type { CommandContext, ExitCode } from './command-context.ts';
import { addAlertsCommand } from './commands/alerts-options.ts';
import { addBackfillCommand } from './commands/backfill-options.ts';
import { addFailuresCommand } from './commands/failures-options.ts';
import { addReadersCommand } from './commands/readers-options.ts';
import { addEraseCommand } from './commands/erase-options.ts';
import { addReloadCommand } from './commands/reload-options.ts';
import { addRunsCommand } from './commands/runs-options.ts';
import { aboutDemo } from './demo/about-demo.ts';
import { parseCount, parseEndTimeArgument, parseTimeArgument } from './parse-arguments.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads the command line, runs the command, and resolves with its exit code. `--help` and wrong usage are answered
 * here.
 */
export async function runProgram(context: CommandContext, args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = 0;
  const run = (command: Promise<ExitCode>): Promise<void> => command.then((result) => void (code = result));
  const program = new Command('voxport')
    .description('Every conversation of your voice agents in your own Postgres: complete, fresh and provably so.')
    .version(version, '-V, --version', 'the version of Voxport')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.print(text.trimEnd()),
      writeErr: (text) => context.note(text.trimEnd()),
    })
    .showHelpAfterError('(voxport --help lists the commands and their options)');

  const source = new Option('--source <name>', 'one source only');
  const demoOption = new Option('--demo', "of the demo's tables");
  const json = new Option('--json', 'one JSON object on stdout, and nothing else');

  program
    .command('demo')
    .description('export a month of simulated conversations into an embedded Postgres, and show what is in it')
    .addOption(new Option('--conversations <count>', 'how many').default(1000).argParser(parseCount))
    .action(async (options: { conversations: number }) =>
      run((await import('./commands/demo.ts')).demo(context, options)),
    );
  program
    .command('migrate')
    .description('create or upgrade the schemas; safe to run twice, and by two processes at once')
    .action(async () => run((await import('./commands/migrate.ts')).migrate(context)));
  program
    .command('sync')
    .description('one incremental export, to its end')
    .addOption(source)
    .addOption(json)
    .action(async (options: { source?: string; json?: boolean }) =>
      run(
        (await import('./commands/sync.ts')).sync(context, {
          source: options.source ?? null,
          json: options.json ?? false,
        }),
      ),
    );
  addBackfillCommand(program, { context, run, source, json });
  program
    .command('up')
    .description('every service in this process, on the schedule, until a signal')
    .action(async () => run((await import('./commands/up.ts')).up(context)));
  program
    .command('status')
    .description('runs, windows, queue depths, freshness, failures; ends with 1 when something is critical')
    .addOption(source)
    .addOption(demoOption)
    .addOption(json)
    .action(async (options: { source?: string; demo?: boolean; json?: boolean }) =>
      run(
        (await import('./commands/status.ts')).status(aboutDemo(context, options.demo), {
          source: options.source ?? null,
          json: options.json ?? false,
        }),
      ),
    );
  addRunsCommand(program, { context, run, source, json, demo: demoOption });
  addAlertsCommand(program, { context, run, json, demo: demoOption });
  addFailuresCommand(program, { context, run, source, json, demo: demoOption });
  addEraseCommand(program, { context, run, source, json });
  addReloadCommand(program, { context, run, source, json });
  program
    .command('doctor')
    .description('check configuration, keys, database and queue, and say how to remedy what is not in order')
    .addOption(json)
    .action(async (options: { json?: boolean }) =>
      run((await import('./commands/doctor.ts')).doctor(context, { json: options.json ?? false })),
    );
  program
    .command('verify')
    .description('list a range again and compare it with the tables: what is missing, out of date, or no longer there')
    .requiredOption('--from <time>', 'first call start, e.g. 2026-01-31 or 2026-01-31T08:00:00Z', parseTimeArgument)
    .requiredOption('--to <time>', 'call starts before this time; a date means that whole day', parseEndTimeArgument)
    .addOption(source)
    .option('--heal', 'have what is missing, out of date or gone fetched again')
    .addOption(json)
    .action(async (options: { from: Date; to: Date; source?: string; heal?: boolean; json?: boolean }) => {
      if (options.from >= options.to) throw new UsageError('--from must be before --to');
      return run(
        (await import('./commands/verify.ts')).verify(context, {
          range: { after: options.from, before: options.to },
          source: options.source ?? null,
          heal: options.heal ?? false,
          json: options.json ?? false,
        }),
      );
    });
  program
    .command('entities')
    .description('sync what conversations name, agents, tools, tags and the like, now')
    .addOption(source)
    .addOption(json)
    .action(async (options: { source?: string; json?: boolean }) =>
      run(
        (await import('./commands/entities.ts')).entities(context, {
          source: options.source ?? null,
          json: options.json ?? false,
        }),
      ),
    );
  program
    .command('rebuild-queue')
    .description('refill an emptied queue from the database; what is still there is not doubled')
    .addOption(source)
    .addOption(json)
    .action(async (options: { source?: string; json?: boolean }) =>
      run(
        (await import('./commands/rebuild-queue.ts')).rebuildQueue(context, {
          source: options.source ?? null,
          json: options.json ?? false,
        }),
      ),
    );
  program
    .command('query')
    .description('run one query as a reader, who may read and nothing else, and print its rows')
    .argument('<sql>', 'e.g. "select * from voxport.daily_agent_stats"')
    .addOption(demoOption)
    .option(
      '--as <role>',
      "with the rights of a role that the reader's login is a member of, e.g. voxport_bi_restricted",
    )
    .option('-x, --records', 'each row as a record, its values whole')
    .addOption(new Option('--csv', 'CSV on stdout, and nothing else').conflicts(['json', 'records']))
    .addOption(json)
    .action(
      async (sql: string, given: { demo?: boolean; as?: string; records?: boolean; csv?: boolean; json?: boolean }) => {
        const form = given.json ? 'json' : given.csv ? 'csv' : given.records ? 'records' : 'table';
        return run(
          (await import('./commands/query.ts')).query(aboutDemo(context, given.demo), {
            sql,
            form,
            role: given.as ?? null,
          }),
        );
      },
    );
  addReadersCommand(program, { context, run, json });
  program
    .command('database')
    .description('the embedded Postgres: a reader’s URL for a BI tool, a psql line, or its end')
    .argument('<action>', 'url, psql or stop', parseDatabaseAction)
    .option('--owner', "the owner's URL or shell, which may change everything, instead of a reader's")
    .option('--force', 'with stop: whoever works with it')
    .addOption(demoOption)
    .action(async (action: 'url' | 'psql' | 'stop', options: { owner?: boolean; force?: boolean; demo?: boolean }) =>
      run(
        (await import('./commands/database.ts')).database(aboutDemo(context, options.demo), action, {
          isOwner: options.owner ?? false,
          isForced: options.force ?? false,
        }),
      ),
    );

  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return code;
}

function parseDatabaseAction(text: string): 'url' | 'psql' | 'stop' {
  if (text === 'url' || text === 'psql' || text === 'stop') return text;
  throw new InvalidArgumentError('It takes url, psql or stop.');
}
