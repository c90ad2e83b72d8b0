import { setTimeout as sleep } from 'node:timers/promises';
import type { ListFilters, TimeRange } from '@voxport/domain';
import { startLoader } from '@voxport/loader';
import type { ServiceContext } from '@voxport/runtime';
import { makeSourcePlanner, type SourcePlanner } from '@voxport/scheduler';
import {
  finishRun,
  isRunSettled,
  readRun,
  resumeSource,
  startRun,
  unfinishedRuns,
  type RecordingCounts,
  type RunCounts,
  type RunKind,
  type RunState,
} from '@voxport/warehouse';
import { startWorker } from '@voxport/worker';
import { checkSources, type RefusedSource } from './check-sources.ts';
import { checkStores } from './check-stores.ts';
import { resumeOrRefusePaused } from './resume-or-refuse.ts';
import { waitForRecordings } from './wait-for-recordings.ts';

const settledPollMs = 100;
const sweepEveryMs = 5000;
/** A job that is not there after so long got lost: it is enqueued again. */
const wantedForMs = 60_000;

/** What a run in this process did. */
export interface RunResult {
  readonly runId: number;
  /** How it ended. A run that was cancelled meanwhile has ended as well. */
  readonly state: RunState;
  readonly sourceIds: readonly string[];
  readonly counts: RunCounts;
  /** Null where no source of the run stores recordings. */
  readonly recordings: RecordingCounts | null;
  readonly durationMs: number;
  /** Sources that were left out, because their API refused the key or could not be reached. */
  readonly refused: readonly RefusedSource[];
}

export interface RunRequest {
  readonly kind: RunKind;
  readonly range: TimeRange | null;
  readonly filters: ListFilters;
  /** Begins the run for the sources that can be used, or takes up one that was begun; returns its number. Left out, a run is begun without windows. */
  readonly begin?: (context: ServiceContext) => Promise<number>;
  readonly plan: (planner: SourcePlanner, runId: number) => Promise<void>;
  /** Told of the run as soon as it has a number; what it returns is disposed of when the run has ended, well or not. */
  readonly watch?: (context: ServiceContext, runId: number) => AsyncDisposable;
}

/**
 * Runs one export to its end in this process: plans it, works and loads, and resolves when every page is listed and every conversation
 * is loaded or in the failures. A source that refuses its key is left out and told.
 * @throws TerminalFailure or TransientFailure when no source can be used, or recordings cannot be stored where they should be; the signal's reason when aborted, and the next run goes on from there.
 */
export async function runToEnd(context: ServiceContext, request: RunRequest, signal: AbortSignal): Promise<RunResult> {
  const startedMs = performance.now();
  await checkStores(context.sources, signal);
  const { usable, refused } = await checkSources(context.sources, signal);
  const [first] = refused;
  if (usable.length === 0 && first !== undefined) throw first.failure;

  const { kysely } = context.database;
  for (const { config, producer } of usable) {
    // The key works, so a pause of an earlier time is over.
    await resumeSource(kysely, config.sourceId);
    await producer.resume();
  }
  const sourceIds = usable.map(({ config }) => config.sourceId);
  const running: ServiceContext = { ...context, sources: usable };
  const planners = usable.map((source) => makeSourcePlanner(running, source));
  const { kind, range, filters } = request;
  const runId =
    request.begin === undefined
      ? await startRun(kysely, { kind, sourceIds, range, filters })
      : await request.begin(running);
  if (request.kind === 'sync') for (const { recordings } of planners) await recordings.adoptDue(runId);

  await using opened = new AsyncDisposableStack();
  const loader = await startLoader(running);
  opened.defer(() => loader.close());
  const worker = await startWorker(running, { role: 'command', runId });
  opened.defer(() => worker.close());
  if (request.watch !== undefined) opened.use(request.watch(running, runId));

  for (const planner of planners) await request.plan(planner, runId);
  async function takeUpDueChecks(): Promise<number> {
    let count = 0;
    for (const planner of planners) count += await planner.takeUpDueChecks(runId);
    return count;
  }
  // Rechecks belong to a sync: those that are due when it starts, however many, a stretch at a time.
  if (request.kind === 'sync') await waitUntilSettled(running, runId, planners, signal, takeUpDueChecks);
  // What an interrupted sync, a retry or a verification has left to do is done here too: without a fleet nobody else would.
  const leftOver = await unfinishedRuns(kysely, { kinds: ['sync', 'retry', 'heal'], sourceIds });
  for (const settling of new Set([runId, ...leftOver])) await waitUntilSettled(running, settling, planners, signal);
  for (const settled of leftOver) if (settled !== runId) await finishRun(kysely, settled);
  const recordings = await waitForRecordings(running, { runId, kind: request.kind }, planners, {
    signal,
    refusePaused: () => resumeOrRefusePaused(running, signal),
  });
  await worker.finishJobs();
  const counts = await finishRun(kysely, runId);
  const state = (await readRun(kysely, runId))?.state ?? 'finished';
  return {
    runId,
    state,
    sourceIds,
    counts,
    recordings,
    durationMs: Math.round(performance.now() - startedMs),
    refused,
  };
}

async function waitUntilSettled(
  context: ServiceContext,
  runId: number,
  planners: readonly SourcePlanner[],
  signal: AbortSignal,
  takeUpMore: () => Promise<number> = async () => 0,
): Promise<void> {
  const { kysely } = context.database;
  let sweptMs = Number.NEGATIVE_INFINITY;
  await takeUpMore();
  while (!(await isRunSettled(kysely, runId)) || (await takeUpMore()) > 0) {
    if (performance.now() - sweptMs >= sweepEveryMs) {
      sweptMs = performance.now();
      await takeUpMore();
      for (const planner of planners) {
        await planner.enqueueJustResumed();
        await planner.sweep({ wantedForMs });
        await planner.recordings.takeUp();
      }
      await resumeOrRefusePaused(context, signal);
    }
    await sleep(settledPollMs, undefined, { signal });
  }
}
