import { setTimeout as sleep } from 'node:timers/promises';
import type { ListFilters, TimeRange } from '@voxport/domain';
import { loadWaiting, startLoader } from '@voxport/loader';
import { makeLandedBodies, type ServiceContext } from '@voxport/runtime';
import { makeSourcePlanner, type SourcePlanner } from '@voxport/scheduler';
import {
  countRun,
  finishRun,
  isRunSettled,
  planEntities,
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
import { addCounts, worstState } from './add-counts.ts';
import { isPolled } from './polled-sources.ts';
import { checkSources, type RefusedSource } from './check-sources.ts';
import { checkStores } from './check-stores.ts';
import { resumeOrRefusePaused } from './resume-or-refuse.ts';
import { waitForEntities } from './wait-for-entities.ts';
import { waitForRecordings } from './wait-for-recordings.ts';

const settledPollMs = 100;
const sweepEveryMs = 5000;
/** Some seconds of landing, in memory at most. */
const landedBodiesMax = { countMax: 1000, bytesMax: 32 * 1024 * 1024 };

/** A run and the source that it belongs to. */
export interface SourceRun {
  readonly sourceId: string;
  readonly runId: number;
}

/** What the runs of a command did in this process, all sources together. */
export interface RunResult {
  /** One run a source, in the order of the configuration. */
  readonly runs: readonly SourceRun[];
  /** How they ended: the worst of them. A run that was cancelled meanwhile has ended as well. */
  readonly state: RunState;
  /** Whether those that did not end by themselves were taken over by another sync, which does their work. */
  readonly isTakenOver: boolean;
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
  /**
   * Begins a run for each source that can be used, or takes up one that was begun. Left out, runs are begun without
   * windows.
   */
  readonly begin?: (context: ServiceContext) => Promise<readonly SourceRun[]>;
  readonly plan: (planner: SourcePlanner, runId: number) => Promise<void>;
  /**
   * Told of the runs as soon as they have numbers; what it returns is disposed of when they have ended, well or not.
   */
  readonly watch?: (context: ServiceContext, runIds: readonly number[]) => AsyncDisposable;
  /**
   * Told what the runs had done by the time that something ended the command before them; the error is thrown all the
   * same.
   */
  readonly onStopped?: (stopped: { readonly runs: readonly SourceRun[]; readonly counts: RunCounts }) => void;
}

/**
 * Runs one export to its end in this process, a run a source: plans them, works and loads, and resolves when every page
 * is listed and every conversation is loaded or in the failures. A source that refuses its key is left out and told.
 * @throws TerminalFailure or TransientFailure when no source can be used, or recordings cannot be stored where they
 *   should be; the signal's reason when aborted, and the next run continues from there.
 */
export async function runToEnd(context: ServiceContext, request: RunRequest, signal: AbortSignal): Promise<RunResult> {
  const startedMs = performance.now();
  await checkStores(context.sources, signal);
  // What webhooks have brought is loaded; of such a source there is nothing to list.
  for (const { config } of context.sources.filter((source) => !isPolled(source)))
    await loadWaiting({ database: context.database, config, logger: context.logger, signal });
  const { usable, refused } = await checkSources(context.sources.filter(isPolled), signal);
  const [first] = refused;
  if (usable.length === 0 && first !== undefined) throw first.failure;

  const { kysely } = context.database;
  for (const { config, producer } of usable) {
    // The key works, so a pause of an earlier time is over.
    await resumeSource(kysely, config.sourceId);
    await producer.resume();
  }
  const sourceIds = usable.map(({ config }) => config.sourceId);
  const running: ServiceContext = { ...context, sources: usable, landedBodies: makeLandedBodies(landedBodiesMax) };
  const begun = await (request.begin ?? beginWithoutWindows)(running);
  const runs = begun.flatMap(({ sourceId, runId }) => {
    const source = usable.find(({ config }) => config.sourceId === sourceId);
    return source === undefined ? [] : [{ sourceId, runId, planner: makeSourcePlanner(running, source) }];
  });
  const planners = runs.map(({ planner }) => planner);
  let isEnded = false;
  if (request.kind === 'sync') for (const { runId, planner } of runs) await planner.recordings.adoptDue(runId);

  for (const { config } of usable) {
    if (config.entities === undefined || config.entities === null) continue;
    await planEntities(kysely, { sourceId: config.sourceId, entities: config.entities.names });
  }

  await using opened = new AsyncDisposableStack();
  opened.defer(async () => {
    if (isEnded || request.onStopped === undefined) return;
    // The database itself may be what ended the command.
    const counted = await Promise.all(runs.map(({ runId }) => countRun(kysely, runId))).catch(() => []);
    request.onStopped({ runs: runs.map(({ sourceId, runId }) => ({ sourceId, runId })), counts: addCounts(counted) });
  });
  const loader = await startLoader(running);
  opened.defer(() => loader.close());
  const worker = await startWorker(running, (sourceId) => {
    const own = runs.find((run) => run.sourceId === sourceId);
    return own === undefined ? { role: 'fleet' } : { role: 'command', runId: own.runId };
  });
  opened.defer(() => worker.close());
  const own = runs.map(({ runId }) => runId);
  if (request.watch !== undefined) opened.use(request.watch(running, own));

  for (const { planner, runId } of runs) await request.plan(planner, runId);
  async function takeUpDueChecks(): Promise<number> {
    let count = 0;
    for (const { planner, runId } of runs) count += await planner.takeUpDueChecks(runId);
    return count;
  }
  // Rechecks belong to a sync: those that are due when it starts, however many, a stretch at a time.
  if (request.kind === 'sync') await waitUntilSettled(running, own, planners, signal, takeUpDueChecks);
  // What an interrupted sync, a retry or a verification has left to do is done here too: without a fleet nobody else
  // would.
  const leftOver = await unfinishedRuns(kysely, { kinds: ['sync', 'retry', 'heal'], sourceIds });
  await waitUntilSettled(running, [...new Set([...own, ...leftOver])], planners, signal);
  for (const settled of leftOver) if (!own.includes(settled)) await finishRun(kysely, settled);
  const recordings = await waitForRecordings(
    running,
    { runs, kind: request.kind },
    {
      signal,
      refusePaused: () => resumeOrRefusePaused(running, signal),
    },
  );
  if (request.kind === 'sync') {
    await waitForEntities(running, {
      signal,
      refusePaused: () => resumeOrRefusePaused(running, signal),
    });
  }
  await worker.finishJobs();
  const ended: { counts: RunCounts; state: RunState; isTakenOver: boolean }[] = [];
  for (const { runId } of runs) {
    const counts = await finishRun(kysely, runId);
    const run = await readRun(kysely, runId);
    // A run that was ended by somebody else says what it had done by then, here as in `voxport runs`.
    ended.push({
      counts: { ...counts, ...run?.ended },
      state: run?.state ?? 'finished',
      isTakenOver: run !== null && run.state === 'cancelled' && run.cancelledAt === null,
    });
  }
  isEnded = true;
  return {
    runs: runs.map(({ sourceId, runId }) => ({ sourceId, runId })),
    state: worstState(ended.map(({ state }) => state)),
    isTakenOver:
      ended.some((run) => run.isTakenOver) && ended.every((run) => run.isTakenOver || run.state !== 'cancelled'),
    sourceIds,
    counts: addCounts(ended.map(({ counts }) => counts)),
    recordings,
    durationMs: Math.round(performance.now() - startedMs),
    refused,
  };

  async function beginWithoutWindows(): Promise<SourceRun[]> {
    const { kind, range, filters } = request;
    const begunRuns: SourceRun[] = [];
    for (const sourceId of sourceIds) {
      begunRuns.push({ sourceId, runId: await startRun(kysely, { kind, sourceId, range, filters }) });
    }
    return begunRuns;
  }
}

async function areSettled({ database }: ServiceContext, runIds: readonly number[]): Promise<boolean> {
  for (const runId of runIds) if (!(await isRunSettled(database.kysely, runId))) return false;
  return true;
}

async function waitUntilSettled(
  context: ServiceContext,
  runIds: readonly number[],
  planners: readonly SourcePlanner[],
  signal: AbortSignal,
  takeUpMore: () => Promise<number> = async () => 0,
): Promise<void> {
  let sweptMs = Number.NEGATIVE_INFINITY;
  await takeUpMore();
  while (!(await areSettled(context, runIds)) || (await takeUpMore()) > 0) {
    if (performance.now() - sweptMs >= sweepEveryMs) {
      sweptMs = performance.now();
      await takeUpMore();
      for (const planner of planners) {
        await planner.tick();
      }
      await resumeOrRefusePaused(context, signal);
    }
    await sleep(settledPollMs, undefined, { signal });
  }
}
