import { consume } from '@voxport/jobs';
import {
  makeSourceProbe,
  openConfiguredSource,
  watchConsumption,
  type ServiceContext,
  type SourceContext,
} from '@voxport/runtime';
import { openSourceStore } from '@voxport/warehouse';
import { startAlerts } from '@voxport/alerts';
import { makePlanRequested } from './plan-requested.ts';
import { makeResumeWhenPossible } from './resume-when-possible.ts';
import { makeSourcePlanner } from './source-planner.ts';
import { openVerifier } from './verify/open-verifier.ts';
import { makeVerifyOnSchedule } from './verify/verify-on-schedule.ts';
import { startWatch } from './watch.ts';

/**
 * How often a scheduler looks whether the store still has its schedules: what repeats the sweeps is lost together with
 * all else.
 */
const watchEveryMs = 5000;

/**
 * Starts to plan for every source of the context, on its schedule, and to watch over the pipeline: one process of the
 * fleet at a time does each planning, and each alert is told once.
 */
export async function startScheduler(context: ServiceContext): Promise<{ close: () => Promise<void> }> {
  await using opened = new AsyncDisposableStack();
  for (const source of context.sources) opened.use(await startSourceScheduler(context, source));
  const alerts = await startAlerts(context);
  opened.defer(() => alerts.close());
  const kept = opened.move();
  return { close: () => kept.disposeAsync() };
}

async function startSourceScheduler(context: ServiceContext, source: SourceContext): Promise<AsyncDisposable> {
  const { database, engine, logger, metrics, outages } = context;
  const { config, producer } = source;
  const { sourceId } = config;
  const log = logger.child({ sourceId });
  const store = openSourceStore(database.kysely, sourceId);
  const planner = makeSourcePlanner(context, source);
  await using opened = new AsyncDisposableStack();
  const isPolled = config.mode !== 'webhook';
  const api = isPolled
    ? openConfiguredSource(config, { connectionsMax: 1, onResponse: metrics.ofSource(sourceId).requestEnded })
    : null;
  opened.defer(async () => api?.close());
  const probe = makeSourceProbe({ ...store, ask: async (signal) => api?.checkAccess(signal) });

  async function startSync(): Promise<void> {
    // A schedule that was made before the source was changed to mode: webhook.
    if (!isPolled) return;
    const runId = await planner.startSync();
    if (runId !== null) log.info({ runId }, 'a sync starts');
  }

  async function finishSettledRuns(): Promise<void> {
    for (const runId of await store.openRuns({})) {
      if (!(await store.isRunSettled(runId)) || !(await areRecordingsSettled(runId))) continue;
      log.info({ runId, ...(await store.finishRun(runId)) }, 'a run has finished');
    }
  }

  /**
   * A backfill waits for its recordings. A sync does not: they come behind every transcript, and the next sync waits
   * for this one.
   */
  async function areRecordingsSettled(runId: number): Promise<boolean> {
    const isBackfill = (await store.openRuns({ kind: 'backfill' })).includes(runId);
    await planner.recordings.wantOfRun(runId, isBackfill);
    return !isBackfill || config.audio === null || store.areRecordingsTried(runId);
  }

  const resumeWhenPossible = makeResumeWhenPossible({
    ...store,
    probe,
    isQueuePaused: producer.isPaused,
    resumeQueue: producer.resume,
    logger: log,
  });
  const planRequested = makePlanRequested({ ...store, planner, logger: log });

  const verifyOnSchedule =
    config.verify === null
      ? null
      : makeVerifyOnSchedule({
          ...store,
          schedule: config.verify,
          openVerifier: () => openVerifier(context, source),
          startRun: () => store.startRun({ kind: 'heal', range: null, filters: config.filters }),
          logger: log,
        });
  const consumer = await consume(engine, {
    sourceId,
    kind: 'plan',
    // A verification takes its time: syncs and sweeps continue beside it.
    concurrency: 2,
    handlers: {
      'plan-requested': async () => planRequested(),
      'sync-source': async () => startSync(),
      'verify-source': async (_job, { signal }) => verifyOnSchedule?.(signal),
      'sweep-source': async (_job, { signal }) => {
        await resumeWhenPossible(signal);
        if (isPolled) await planner.takeUpDueChecks(null);
        await planRequested();
        await planner.tick();
        await finishSettledRuns();
        await store.noteSwept();
      },
    },
    onFailure: async (job, error) =>
      outages.report({
        store: 'database',
        error,
        logger: log,
        fields: { job: job.name },
        what: 'a planning failed; it is due again soon',
      }),
    onError: (error) => outages.report({ store: 'queue', error, logger: log, what: 'the queue reports an error' }),
    onEnd: metrics.ofSource(sourceId).jobEnded,
  });
  opened.defer(() => consumer.close());
  opened.defer(watchConsumption(context, { producer, sourceId, kind: 'plan', consumer }));
  await planner.schedule();
  const watch = startWatch({
    everyMs: watchEveryMs,
    isFilled: async () => {
      if (await producer.dropMisdatedSchedules()) {
        log.warn('the schedules were set off by a clock that was ahead: they are made again');
        await planner.schedule();
      }
      const { waiting, delayed, active } = await producer.planDepth();
      return waiting + delayed + active > 0 && (await producer.isFilled());
    },
    refill: async () => {
      await planner.schedule();
      log.warn(await planner.refill(), 'the queue had lost its jobs: it is refilled from the database');
    },
    onError: (error) => outages.report({ store: 'queue', error, logger: log, what: 'the queue could not be watched' }),
  });
  opened.use(watch);
  return opened.move();
}
