import type { ServiceContext, SourceContext } from '@voxport/runtime';
import { openSourceStore, type FailureFilter } from '@voxport/warehouse';
import { makeRecordingPlanner, type RecordingPlanner } from './plan-recordings.ts';
import { makeEnqueueRun } from './enqueue-run.ts';
import { makePlanBackfill } from './plan-backfill.ts';
import { makePlanRetry, type RetriedFailures } from './plan-retry.ts';
import { makePlanSync } from './plan-sync.ts';
import { makeRefill, type Refilled } from './refill.ts';
import { repetition } from './repetition.ts';
import { makeSweep } from './sweep.ts';
import { makeTakeUpDueChecks } from './take-up-due-checks.ts';

/**
 * The planning of one source, put together: used by the scheduler service, and by the commands that plan for
 * themselves.
 */
export interface SourcePlanner {
  /**
   * Starts a sync for whatever has not been listed and is not being listed; resolves with its run, or null when there
   * is nothing to list.
   */
  readonly startSync: () => Promise<number | null>;
  /** Plans the same for a run that was begun: everything until now, even what could wait. */
  readonly planSync: (runId: number) => Promise<void>;
  readonly planBackfill: ReturnType<typeof makePlanBackfill>;
  /** Has the failures of the source tried again that a filter means. */
  readonly planRetry: (runId: number, filter: FailureFilter) => Promise<RetriedFailures>;
  readonly takeUpDueChecks: ReturnType<typeof makeTakeUpDueChecks>;
  /**
   * Enqueues what a run has to do at this source: its open windows at their page, and the details that it waits for.
   */
  readonly enqueueRun: (runId: number) => Promise<void>;
  readonly recordings: RecordingPlanner;
  /**
   * The regular pass, a sweep: enqueues what was resumed, what got lost and the recordings whose time has come. The
   * scheduler does it on its schedule, and a command that works until its runs have ended does it for itself.
   */
  readonly tick: () => Promise<void>;
  /** Enqueues everything that Postgres knows to be wanted. */
  readonly refill: () => Promise<Refilled>;
  /** Has the planning repeated at its times, by whatever scheduler runs. */
  readonly schedule: () => Promise<void>;
}

const sweepEveryMs = 5000;
/** A job that is not there after so long got lost: it is enqueued again. */
const lostAfterMs = 60_000;
/**
 * Longer than sweeps are apart, so that two of them meet a run that was resumed: a job that was being dropped at the
 * first is there after the second.
 */
const justResumedMs = 12_000;

export function makeSourcePlanner(
  { database: { kysely } }: ServiceContext,
  { config, producer }: SourceContext,
): SourcePlanner {
  const { sourceId, filters, lookbackSecs, since } = config;
  const store = openSourceStore(kysely, sourceId);
  const refill = makeRefill({ ...store, ...producer, pauseQueue: producer.pause });
  const enqueueRun = makeEnqueueRun({ ...store, ...producer });
  const planSync = makePlanSync({
    ...producer,
    startSync: (runId) => store.startSync({ filters, since, lookbackSecs }, runId),
  });
  const recordings = makeRecordingPlanner({ ...store, ...producer, isOn: config.audio !== null });
  const sweep = makeSweep({
    ...store,
    ...producer,
    refill,
    foldCounts: async () => {
      await store.foldRunCounts();
      await store.foldInventoryCounts();
    },
    forgetHistory: async () => {
      await store.forgetListedPages();
      await store.divideLateSetUpFailure();
      await store.pruneHistory({ ages: config.keep });
      const { rawHistory, keep } = config;
      await store.removeSupersededPayloads({ rawHistory, ageSecs: keep.rawHistorySecs });
    },
  });
  /** The jobs of a run that was resumed a moment ago were dropped while it was paused. */
  async function enqueueJustResumed(): Promise<void> {
    for (const runId of await store.runsJustResumed({ withinMs: justResumedMs })) await enqueueRun(runId);
  }

  return {
    enqueueRun,
    startSync: () => planSync(null),
    planSync: async (runId) => void (await planSync(runId)),
    planBackfill: makePlanBackfill({
      ...producer,
      insertWindows: (runId, ranges, extraFilters) =>
        store.insertWindows({
          runId,
          ranges,
          filters: { ...filters, ...extraFilters },
          priority: 'backfill',
          origin: 'backfill',
        }),
    }),
    planRetry: makePlanRetry({ ...store, ...producer }),
    takeUpDueChecks: makeTakeUpDueChecks({ ...store, ...producer }),
    recordings,
    refill,
    schedule: () =>
      producer.schedulePlanning({
        sync: config.mode === 'webhook' ? null : repetition(config.schedule),
        sweep: { every: sweepEveryMs },
        verify: config.verify === null ? null : { every: config.verify.everySecs * 1000 },
      }),
    async tick() {
      await enqueueJustResumed();
      await sweep({ wantedForMs: lostAfterMs });
      await recordings.takeUp();
    },
  };
}
