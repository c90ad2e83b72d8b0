import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { ServiceContext } from '@voxport/runtime';
import {
  countRun,
  isRetryableDatabaseError,
  readLivingWorkers,
  readRun,
  type Database,
  type RunRow,
} from '@voxport/warehouse';
import type { CommandContext } from '../command-context.ts';
import { addCounts } from '../export/add-counts.ts';
import { makeProgress, type Progress, type ProgressSample } from '../progress/progress.ts';
import { progressBar, progressLine } from '../progress/progress-text.ts';

/** Some times a second; and never more than a tenth of the database's time, where counting takes long. */
const sampleEveryMs = 400;
const sampleShare = 10;
/** How often a line is written where there is no terminal. */
const lineEveryMs = 10_000;

/**
 * Shows the progress of the runs that a command works on, as one, until it is disposed of. It is no part of the work:
 * what fails here fails nothing.
 */
export function watching(
  command: CommandContext,
  options: { json: boolean },
): (context: ServiceContext, runIds: readonly number[]) => AsyncDisposable {
  return ({ database, logger }, runIds) => {
    const closing = new AbortController();
    // The first line waits: most syncs have ended by then.
    const show = makeShow(command, { ...options, firstLineMs: lineEveryMs });
    const followed = follow(database, runIds, show, closing.signal).catch((error: unknown) => {
      if (!closing.signal.aborted) logger.debug({ err: error }, 'the progress could not be read');
    });
    return {
      async [Symbol.asyncDispose]() {
        closing.abort();
        await followed;
        command.terminal?.clear();
      },
    };
  };
}

/** Shows the progress of a run that others work on, until it has ended or the command is interrupted. */
export async function watchRunToEnd(
  command: CommandContext,
  database: Database,
  options: { runId: number; json: boolean },
): Promise<void> {
  try {
    await follow(database, [options.runId], makeShow(command, { ...options, firstLineMs: 0 }), command.signal);
  } catch (error) {
    if (!command.signal.aborted) throw error;
  } finally {
    command.terminal?.clear();
  }
}

/**
 * Makes what shows a progress: a bar in a terminal, a line now and then elsewhere; with `--json` no lines, for a
 * machine that reads the logs.
 */
function makeShow(
  { terminal, note }: CommandContext,
  { json, firstLineMs }: { json: boolean; firstLineMs: number },
): (progress: Progress) => void {
  let nextLineMs = performance.now() + firstLineMs;
  return (progress) => {
    if (terminal !== undefined) {
      // By the stream, so that NO_COLOR and a terminal without colours are respected.
      const paint = (text: string): string => styleText('cyan', text, { stream: process.stderr });
      terminal.show(progressBar(progress, terminal.columns(), paint));
    } else if (!json && performance.now() >= nextLineMs) {
      nextLineMs = performance.now() + lineEveryMs;
      note(progressLine(progress));
    }
  };
}

async function follow(
  database: Database,
  runIds: readonly number[],
  show: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<void> {
  const progressOf = makeProgress();
  for (;;) {
    const startedMs = performance.now();
    const sample = await takeSample(database, runIds);
    if (sample === 'ended') return;
    if (sample !== null && !signal.aborted) show(progressOf(sample));
    const tookMs = performance.now() - startedMs;
    await sleep(Math.max(sampleEveryMs, tookMs * sampleShare), undefined, { signal });
  }
}

/** Null when the database is away for a moment. */
async function takeSample({ kysely }: Database, runIds: readonly number[]): Promise<ProgressSample | 'ended' | null> {
  try {
    const runs: RunRow[] = [];
    for (const runId of runIds) {
      const run = await readRun(kysely, runId);
      if (run !== null) runs.push(run);
    }
    const first = runs.find((run) => run.finishedAt === null);
    if (first === undefined) return 'ended';
    const counts = addCounts(await Promise.all(runs.map((run) => countRun(kysely, run.runId))));
    const sourceIds = runs.map((run) => run.sourceId);
    const workers = await readLivingWorkers(kysely, sourceIds);
    return { run: asOneRun(first, runs), counts, workers, atMs: performance.now() };
  } catch (error) {
    if (isRetryableDatabaseError(error)) return null;
    throw error;
  }
}

/** Several runs as one: the first that has not ended, with the windows of all. */
function asOneRun(first: RunRow, runs: readonly RunRow[]): RunRow {
  const windows = runs.reduce((sum, run) => sum + run.windows, 0);
  const shares = runs.map((run) => (run.listedShare === null ? null : run.listedShare * run.windows));
  const share = shares.reduce<number | null>((sum, part) => (sum === null || part === null ? null : sum + part), 0);
  return {
    ...first,
    windows,
    windowsOpen: runs.reduce((sum, run) => sum + run.windowsOpen, 0),
    listedShare: share === null || windows === 0 ? first.listedShare : share / windows,
  };
}
