import {
  decideRetry,
  defaultRetryPolicy,
  makeRedaction,
  type ListFilters,
  type TimeRange,
} from '../../packages/domain/src/index.ts';
import type { JobContext } from '../../packages/jobs/src/index.ts';
import {
  makeSourceProbe,
  type Logger,
  type ServiceContext,
  type SourceConfig,
  type SourceContext,
} from '../../packages/runtime/src/index.ts';
import {
  cancelRun,
  openSourceStore,
  pauseRun,
  prepareLanding,
  registerSource,
  requestRun,
  resumeRun,
  startRun,
  withDatabaseFailures,
  type Database,
} from '../../packages/warehouse/src/index.ts';
import { makeCheckInSecs } from '../../services/loader/src/check-in.ts';
import { makeLoadBatch } from '../../services/loader/src/load-batch.ts';
import { makeLoadLanded } from '../../services/loader/src/load-landed.ts';
import { makePlanRequested } from '../../services/scheduler/src/plan-requested.ts';
import { makeResumeWhenPossible } from '../../services/scheduler/src/resume-when-possible.ts';
import { makeSourcePlanner } from '../../services/scheduler/src/source-planner.ts';
import { makeAskForDetail } from '../../services/worker/src/ask-for-detail.ts';
import { makeConfirmMissing } from '../../services/worker/src/confirm-missing.ts';
import { makeFetchConversation } from '../../services/worker/src/fetch-conversation.ts';
import { makeFetchPage } from '../../services/worker/src/fetch-page.ts';
import { makeLand } from '../../services/worker/src/land.ts';
import { makeFailureJudge } from '../../services/worker/src/judge-failure.ts';
import { makeRunControl, settleUnwanted } from '../../services/worker/src/run-control.ts';
import { makeSettleFailure } from '../../services/worker/src/settle-failure.ts';
import type { FleetApi } from './api.ts';
import { modelNowMs } from './clock.ts';
import { makeMortal } from './mortal.ts';
import type { ModelJob, ModelQueue } from './queue.ts';

/** What an operator has configured for a source. */
export interface SourceSettings {
  readonly sourceId: string;
  readonly filters: ListFilters;
  readonly since: Date | null;
}

/** How far behind the watermark a sync lists again. */
const lookbackSecs = 30;
/** When a call that is over is looked at again, after its end. */
const refreshSecs = [60, 600];
const pausedDelayMs = 15_000;
/** How often a worker that is alone signals. */
const signalEveryMs = 1000;
const retryPolicy = { ...defaultRetryPolicy, retryAfterMaxMs: 900_000 };
/** Nothing is aborted here: processes die. */
const never = new AbortController().signal;

/** Of a source without rules. */
const redaction = makeRedaction({ rules: [], hash: null });

const silent = (): void => {};
const quiet: Record<string, unknown> = {
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
};
quiet['child'] = () => quiet;
/** Says nothing. */
export const logger = quiet as unknown as Logger;

function configOf({ sourceId, filters, since }: SourceSettings): SourceConfig {
  const config: Partial<SourceConfig> = {
    sourceId,
    dialect: 'elevenlabs',
    baseUrl: `http://${sourceId}`,
    filters,
    since,
    lookbackSecs,
    schedule: { everySecs: 60 },
    audio: null,
    keep: {
      runsSecs: 7776000,
      verificationsSecs: 34560000,
      webhookEventsSecs: 2592000,
      failuresSecs: 7776000,
      rawHistorySecs: null,
    },
    verify: null,
    mirrorDeletions: false,
    rawHistory: 'changed',
    mode: 'poll',
    checkTotalCount: true,
    checkMessageCount: true,
    checkPolicy: { refreshSecs, retentionSecs: 86_400 },
  };
  return config as SourceConfig;
}

/** A scheduler: put together as `start-scheduler.ts` does. */
export function makeScheduler(
  settings: SourceSettings,
  parts: { database: Database; queue: ModelQueue; api: FleetApi },
) {
  const mortal = makeMortal();
  const database = mortal.wrapDatabase(parts.database);
  const { kysely } = database;
  const producer = parts.queue.producerFor(mortal);
  const config = configOf(settings);
  const { sourceId } = config;
  const planner = makeSourcePlanner({ database } as ServiceContext, { config, producer } satisfies SourceContext);
  const store = openSourceStore(kysely, sourceId);
  const probe = makeSourceProbe({ ...store, ask: mortal.around(parts.api.checkAccess) });

  const resumeWhenPossible = makeResumeWhenPossible({
    ...store,
    probe,
    isQueuePaused: producer.isPaused,
    resumeQueue: producer.resume,
    logger,
  });
  const planRequested = makePlanRequested({ ...store, planner, logger });

  async function finishSettledRuns(): Promise<void> {
    for (const runId of await store.openRuns({})) {
      if (await store.isRunSettled(runId)) await store.finishRun(runId);
    }
  }

  return {
    mortal,
    async start() {
      await registerSource(kysely, { sourceId, dialect: config.dialect, baseUrl: config.baseUrl });
    },
    syncSource: async (): Promise<void> => {
      await planner.startSync();
    },
    /** What the command `sync` does at this source; its run is another's to begin. */
    planSync: (runId: number) => planner.planSync(runId),
    sweepSource: async (): Promise<void> => {
      await resumeWhenPossible(never);
      await planner.takeUpDueChecks(null);
      await planRequested();
      await planner.tick();
      await finishSettledRuns();
      await store.noteSwept();
    },
    planRequested,
    refill: async (): Promise<void> => {
      await planner.refill();
    },
  };
}

/** A worker: put together as `start-worker.ts` does, one job at a time. */
export function makeWorker(settings: SourceSettings, parts: { database: Database; queue: ModelQueue; api: FleetApi }) {
  const mortal = makeMortal();
  const { kysely } = mortal.wrapDatabase(parts.database);
  const producer = parts.queue.producerFor(mortal);
  const { sourceId } = settings;
  const source = {
    listPage: mortal.around(parts.api.listPage),
    getConversation: mortal.around(parts.api.getConversation),
  };
  const store = openSourceStore(kysely, sourceId);
  const judge = makeFailureJudge({
    ...store,
    sourceId,
    probe: makeSourceProbe({ ...store, ask: mortal.around(parts.api.checkAccess) }),
  });
  const runControl = makeRunControl(store);
  const land = makeLand({
    ...store,
    prepareLanding,
    wakeLoader: () => producer.wakeLoader(0),
  });
  const fetchPage = makeFetchPage({
    ...store,
    ...producer,
    listPage: async ({ runId, range, cursor, filters }) => {
      runControl.refusePage(runId);
      return source.listPage({ range, cursor, filters });
    },
    isOrderKnown: true,
    hasRoom: async () => true,
    // Small histories: a window of more than two pages is divided.
    split: { pagesMax: 2, partsMax: 3 },
  });
  const askForDetail = makeAskForDetail({
    getConversation: source.getConversation,
    confirmMissing: makeConfirmMissing({
      ...store,
      sourceId,
      listPage: (asked) => source.listPage({ ...asked, filters: {} }),
      isOrderKnown: true,
      nowMs: modelNowMs,
    }),
    detailEnded: judge.detailEnded,
  });
  const fetchConversation = makeFetchConversation({
    async getConversation(job, signal) {
      await runControl.refuseDetail(job);
      return askForDetail(job.conversationId, signal);
    },
    land,
  });
  const settleFailure = makeSettleFailure({
    ...store,
    evidence: redaction.evidence,
    failRecording: async () => {},
    pauseQueue: producer.pause,
    wakeLoader: () => producer.wakeLoader(0),
    logger,
    report: () => {},
  });
  const handlers = {
    'list-page': withDatabaseFailures(judge.judged(settleUnwanted(fetchPage))),
    'fetch-conversation': withDatabaseFailures(judge.judged(settleUnwanted(fetchConversation))),
  };

  let signalledMs = Number.NEGATIVE_INFINITY;

  return {
    mortal,
    /**
     * Works off one job as `consume.ts` does. What the worker has not acknowledged when it dies stays in the queue.
     * `isAlone`: nobody else has done anything since its last job, so there is nothing to hear of for a second.
     */
    async work(job: ModelJob, isAlone = false) {
      const { jobs, limitUntil } = parts.queue;
      if (!isAlone || modelNowMs() - signalledMs > signalEveryMs) {
        const { controlled } = await store.signalWorker({ workerId: `worker of ${sourceId}` });
        runControl.adopt(controlled);
        signalledMs = modelNowMs();
      }
      job.deliveries += 1;
      const attempt = job.attemptsMade + 1;
      const context: JobContext = { signal: never, attempt };
      try {
        const { reference } = job;
        if (reference.name === 'list-page') await handlers['list-page'](reference.payload, context);
        else if (reference.name === 'fetch-conversation')
          await handlers['fetch-conversation'](reference.payload, context);
        jobs.delete(job.id);
      } catch (error) {
        if (mortal.isDead()) throw error;
        const decision = decideRetry(error, attempt, retryPolicy, () => 1);
        try {
          await settleFailure(job.reference, error, decision, attempt);
        } catch (problem) {
          if (mortal.isDead()) throw problem;
          job.dueMs = modelNowMs() + 1000;
          return;
        }
        switch (decision.kind) {
          case 'dead_letter':
            jobs.delete(job.id);
            return;
          case 'delay_job':
            job.dueMs = modelNowMs() + decision.delayMs;
            return;
          case 'pause_source':
            job.dueMs = modelNowMs() + pausedDelayMs;
            return;
          case 'delay_queue':
            limitUntil(modelNowMs() + decision.delayMs);
            return;
          case 'retry':
            job.attemptsMade += 1;
            job.dueMs = modelNowMs() + decision.delayMs;
        }
      }
    },
  };
}

/** A loader, put together as `start-loader.ts` does. */
export function makeLoader(settings: SourceSettings, parts: { database: Database; queue: ModelQueue }) {
  const mortal = makeMortal();
  const database = mortal.wrapDatabase(parts.database);
  const { sourceId, checkPolicy } = configOf(settings);
  const loadLanded = makeLoadLanded({
    loadBatch: makeLoadBatch({
      database,
      sourceId,
      dialect: 'elevenlabs',
      mirrorDeletions: false,
      rawHistory: 'changed',
      wantsAudio: false,
      checkInSecs: makeCheckInSecs(checkPolicy),
      logger,
    }),
  });
  return {
    mortal,
    /** Loads what has landed, if it was woken; a wake-up is acknowledged at the end. */
    async load() {
      const { wakes } = parts.queue;
      if (wakes.size === 0) return;
      await loadLanded({ slot: 0 }, { signal: never, attempt: 1 });
      wakes.clear();
    },
  };
}

/** What operators do, by the statements behind the page and the commands. */
export function makeOperator(parts: { database: Database }) {
  const mortal = makeMortal();
  const { kysely } = mortal.wrapDatabase(parts.database);
  return {
    mortal,
    /** Begins the run of the command `sync`, which waits for no other. */
    startSync: ({ sourceId, filters }: SourceSettings) =>
      startRun(kysely, { kind: 'sync', sourceId, range: null, filters }),
    pause: async (runId: number) => void (await pauseRun(kysely, runId)),
    resume: async (runId: number) => void (await resumeRun(kysely, runId)),
    cancel: async (runId: number) => void (await cancelRun(kysely, runId)),
    backfill: async (sourceIds: readonly string[], range: TimeRange, filters: ListFilters) =>
      void (await requestRun(kysely, { sourceIds, request: { kind: 'backfill', range, filters } })),
    retry: async (sourceId: string) =>
      void (await requestRun(kysely, {
        sourceIds: [sourceId],
        request: {
          kind: 'retry',
          failures: { sourceId, stage: null, errorClass: null, since: null, until: null, ids: null },
        },
      })),
  };
}
