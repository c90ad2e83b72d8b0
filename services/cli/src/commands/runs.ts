import { snakeJson } from '@voxport/domain';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cancelRun,
  countRun,
  haveWorkersSeen,
  pauseRun,
  readRun,
  readRuns,
  retryTransaction,
  windowsOfRun,
  type Database,
  type RunFilter,
  type RunRow,
  type Controlled,
} from '@voxport/warehouse';
import type { CommandContext, ExitCode } from '../command-context.ts';
import { withDatabase } from '../export/with-database.ts';
import { runsJson, runsText, runText, stateOf, type CountedRun } from '../report/runs-report.ts';
import { knownSources } from './known-sources.ts';
import { watchRunToEnd } from './watch-run.ts';

const service = 'runs';
const pollMs = 100;

/** `voxport runs`: what runs there are, the newest first, and how they stand. */
export async function listRunsCommand(
  command: CommandContext,
  options: { filter: RunFilter; limit: number; json: boolean },
): Promise<ExitCode> {
  return withDatabase<ExitCode>(command, { service, schemas: 'required' }, async ({ database }) => {
    const { kysely } = database;
    await knownSources(database, options.filter.sourceId ?? null);
    const runs: CountedRun[] = [];
    for (const run of await readRuns(kysely, options.filter, options.limit)) {
      runs.push({ run, counts: run.ended ?? (await countRun(kysely, run.runId)) });
    }
    command.print(options.json ? snakeJson({ runs: runs.map(runsJson) }) : runsText(runs, new Date(), command.columns));
    return 0;
  });
}

/**
 * `voxport runs show`: everything about one; with `watch` its progress until it has ended. 1 when it did not end well.
 */
export async function showRun(
  command: CommandContext,
  options: { runId: number; watch: boolean; json: boolean },
): Promise<ExitCode> {
  const { runId, watch, json } = options;
  return withDatabase<ExitCode>(command, { service, schemas: 'required' }, async ({ database }) => {
    const { kysely } = database;
    if ((await readRun(kysely, runId)) === null) return unknownRun(command, runId);
    if (watch) await watchRunToEnd(command, database, { runId, json });
    if (command.signal.aborted) {
      command.note(`Run ${runId} continues without being watched.`);
      return 130;
    }
    const run = (await readRun(kysely, runId))!;
    const counted = { run, counts: run.ended ?? (await countRun(kysely, runId)) };
    const windows = (await windowsOfRun(kysely, runId)).toSorted((one, other) =>
      one.sourceId.localeCompare(other.sourceId),
    );
    command.print(
      json
        ? snakeJson({ ...runsJson(counted), windows_of_run: windows })
        : runText(counted, windows, { now: new Date(), columns: command.columns }),
    );
    return watch && run.state !== 'finished' ? 1 : 0;
  });
}

/**
 * `voxport runs pause`: resolves when every worker that lives knows of it, so that only what is under way still comes.
 */
export async function pauseRunCommand(
  command: CommandContext,
  { runId, json }: { runId: number; json: boolean },
): Promise<ExitCode> {
  return withDatabase<ExitCode>(command, { service, schemas: 'required' }, async ({ database }) => {
    const controlled = await pauseRun(database.kysely, runId);
    await waitForWorkers(command, database, runId, controlled);
    return answerControl(command, database, { runId, json, controlled, done: 'paused' });
  });
}

/** `voxport runs cancel`: ends a run for good. */
export async function cancelRunCommand(
  command: CommandContext,
  { runId, json }: { runId: number; json: boolean },
): Promise<ExitCode> {
  return withDatabase<ExitCode>(command, { service, schemas: 'required' }, async ({ database }) => {
    const controlled = await retryTransaction(() => cancelRun(database.kysely, runId), command.signal);
    await waitForWorkers(command, database, runId, controlled);
    return answerControl(command, database, { runId, json, controlled, done: 'cancelled' });
  });
}

async function waitForWorkers(
  { signal }: CommandContext,
  { kysely }: Database,
  runId: number,
  controlled: Controlled,
): Promise<void> {
  if (controlled.kind !== 'controlled') return;
  while (!(await haveWorkersSeen(kysely, { runId, since: controlled.at }))) await sleep(pollMs, undefined, { signal });
}

/** Says what has become of the detail request. A run that has ended already is no run that could be controlled: 1. */
async function answerControl(
  command: CommandContext,
  { kysely }: Database,
  answer: { runId: number; json: boolean; controlled: Controlled; done: 'paused' | 'cancelled' },
): Promise<ExitCode> {
  const { runId, json, controlled, done } = answer;
  const run = await readRun(kysely, runId);
  if (run === null) return unknownRun(command, runId);
  const changed = controlled.kind === 'controlled';
  if (json) command.print(snakeJson({ runId, state: run.state, changed }));
  else if (controlled.kind === 'ended') command.note(endedAlready(run));
  else command.print(controlledText[done](runId, changed));
  return controlled.kind === 'ended' ? 1 : 0;
}

const controlledText = {
  paused: (runId: number, changed: boolean): string =>
    `Run ${runId} is paused${changed ? ': nothing more is asked for on its behalf' : ' already'}. Let it continue: voxport runs resume ${runId}`,
  cancelled: (runId: number, changed: boolean): string =>
    changed
      ? `Run ${runId} is cancelled. What it has loaded stays; what it did not fetch is fetched when another run lists it.`
      : `Run ${runId} was cancelled already.`,
};

/** Why a run cannot be controlled any more. */
export function endedAlready(run: RunRow): string {
  return `Run ${run.runId} has ended (${stateOf(run)}). Those that have not: voxport runs list --open`;
}

/** Says that there is no such run. */
export function unknownRun({ note }: Pick<CommandContext, 'note'>, runId: number): ExitCode {
  note(`There is no run ${runId}. See them: voxport runs list`);
  return 1;
}
