import { randomUUID } from 'node:crypto';
import { consume, enqueuedMax, loadSlots, readJobId, type Consumer } from '@voxport/jobs';
import { defaultRetryPolicy, makeRedaction } from '@voxport/domain';
import {
  makeSourceProbe,
  openConfiguredSource,
  redactHash,
  watchConsumption,
  type ServiceContext,
  type SourceContext,
} from '@voxport/runtime';
import { openSourceStore, prepareLanding, withDatabaseFailures, type WorkerRole } from '@voxport/warehouse';
import { makeAskForDetail } from './ask-for-detail.ts';
import { startBackpressure } from './backpressure.ts';
import { makeChooseDetail } from './choose-detail.ts';
import { makeConfirmMissing } from './confirm-missing.ts';
import { makeFetchConversation } from './fetch-conversation.ts';
import { makeFetchPage } from './fetch-page.ts';
import { makeFetchPipeline } from './fetch-pipeline.ts';
import { startEntities } from './entities/start-entities.ts';
import { startInFlightGovernor } from './in-flight.ts';
import { makeFailureJudge } from './judge-failure.ts';
import { makeLatency } from './latency.ts';
import { makeLand, measureLandings } from './land.ts';
import { observeSource } from './observe-source.ts';
import { redactPayload } from './redact.ts';
import { startRecordings } from './recordings/start-recordings.ts';
import { makeSettleFailure } from './settle-failure.ts';
import { makeRunControl, settleUnwanted } from './run-control.ts';

/** Requests of other runs that a command waits for before it ends. */
const finishWithinMs = 10_000;

/** Payloads that may wait for the loader: some seconds of its work, some tens of megabytes. */
const landedMax = 5000;

/**
 * Starts to work for every source of the context: page jobs and detail jobs. `close` hands running jobs back and
 * resolves when none is left. A command that works until its own runs have ended says so (`roleOf` a source), so that
 * others can tell a run that nobody works on; before it closes it finishes (`finishJobs`) what it has in hand for other
 * runs, which would be asked for once more.
 */
export async function startWorker(
  context: ServiceContext,
  roleOf: (sourceId: string) => WorkerRole = () => ({ role: 'fleet' }),
): Promise<{ close: () => Promise<void>; finishJobs: () => Promise<void> }> {
  await using opened = new AsyncDisposableStack();
  const workers: SourceWorker[] = [];
  for (const source of context.sources) {
    // Its API is never asked.
    if (source.config.mode === 'webhook') continue;
    workers.push(opened.use(await startSourceWorker(context, source, roleOf(source.config.sourceId))));
  }
  const kept = opened.move();
  return {
    close: () => kept.disposeAsync(),
    finishJobs: async () => void (await Promise.all(workers.map((worker) => worker.finishJobs()))),
  };
}

interface SourceWorker extends AsyncDisposable {
  readonly finishJobs: () => Promise<void>;
}

async function startSourceWorker(
  context: ServiceContext,
  { config, producer }: SourceContext,
  role: WorkerRole,
): Promise<SourceWorker> {
  const { engine, logger, metrics, outages, traces } = context;
  const { kysely } = context.database;
  const { sourceId, requestsInFlight } = config;
  const store = openSourceStore(kysely, sourceId);
  const log = logger.child({ sourceId });
  const record = metrics.ofSource(sourceId);
  const redaction = makeRedaction({ rules: config.redact.rules, hash: redactHash(config.redact) });
  await using opened = new AsyncDisposableStack();

  const opening = openConfiguredSource(config, {
    connectionsMax: requestsInFlight.max,
    onResponse: record.requestEnded,
  });
  const source = observeSource(opening, { sourceId, requestStarted: record.requestStarted, span: traces.span });
  opened.defer(() => source.close());

  const workerId = randomUUID();
  const runControl = makeRunControl(store);
  const detailLatency = makeLatency();
  let consumer: Consumer | null = null;
  // What a consumer tells before its first job is when it started.
  let beganMs = 0;
  const consumedMsAgo = (): number | null => {
    const progressMs = consumer?.lastProgressMs() ?? beganMs;
    return progressMs === beganMs ? null : performance.now() - progressMs;
  };
  let isHeldBack = false;
  const applyConcurrency = (): void => consumer?.setConcurrency(isHeldBack ? 0 : jobsInFlight(inFlight.share()));
  const inFlight = await startInFlightGovernor({
    startLimit: requestsInFlight.start,
    maxLimit: requestsInFlight.max,
    changeInFlightLimit: store.changeInFlightLimit,
    signalWorker: async (traffic) => {
      const place = await store.signalWorker({
        workerId,
        role,
        traffic: { ...traffic, detailLatencyMs: detailLatency.averageMs() },
        consumedMsAgo: consumedMsAgo(),
      });
      runControl.adopt(place.controlled);
      return place;
    },
    onChange: async ({ share }) => {
      record.shareChanged(share);
      if (consumer !== null) applyConcurrency();
      await producer.dropJobLimit();
    },
    onError: (error) =>
      outages.report({
        store: 'database',
        error,
        logger: log,
        what: 'the limit of requests in flight could not be shared',
      }),
  });
  opened.defer(async () => {
    await inFlight.close();
    await store.removeWorker({ workerId });
  });

  const judge = makeFailureJudge({
    ...store,
    sourceId,
    probe: makeSourceProbe({
      ...store,
      ask: (signal) => inFlight.run(() => source.checkAccess(signal), signal),
    }),
  });
  let slot = 0;
  const wakeLoader = (): Promise<void> => producer.wakeLoader((slot = (slot + 1) % loadSlots));
  const land = makeLand({
    ...store,
    prepareLanding: async ({ payload, generation }) => {
      const landing = await prepareLanding({
        payload: config.checkMessageCount ? payload : { ...payload, turnCount: null },
        generation,
      });
      context.landedBodies?.put(landing.sha256, payload.body);
      return { ...landing, traceparent: traces.currentTraceparent() };
    },
    landPayloads: async (landings) => {
      const incomplete = await store.landPayloads(landings);
      record.landed(measureLandings(landings.filter(({ conversationId }) => !incomplete.includes(conversationId))));
      return incomplete;
    },
    wakeLoader,
  });
  const askForDetail = makeAskForDetail({
    getConversation: (conversationId, signal) => source.getConversation(conversationId, signal),
    confirmMissing: makeConfirmMissing({
      ...store,
      sourceId,
      listPage: (asked, signal) => source.listPage({ ...asked, pageSize: 100, filters: {} }, signal),
      isOrderKnown: config.dialect === 'elevenlabs',
    }),
    detailEnded: judge.detailEnded,
  });
  const pipeline = makeFetchPipeline({
    redaction,
    limit: inFlight.run,
    pause: runControl,
    latency: detailLatency.measure,
    outage: askForDetail,
    trace: source,
  });
  const fetchPage = makeFetchPage({
    ...store,
    ...producer,
    listPage: pipeline.listPage,
    savePage: async ({ page, ...saving }) => {
      const saved = await store.savePage({
        ...saving,
        page: config.checkTotalCount ? page : { ...page, totalCount: null },
      });
      if (saved.kind !== 'stale') record.pageListed(page.conversations.length);
      return saved;
    },
    // The vendor documents the order; a proxy does not.
    isOrderKnown: config.dialect === 'elevenlabs',
    hasRoom: async () => (await producer.fetchDepth()).waiting < enqueuedMax,
  });
  const getConversation = makeChooseDetail({
    // The lists of the other dialect carry no transcripts.
    mode: config.dialect === 'voiceable' ? config.detail : 'always',
    async readRow(conversationId) {
      const listed = await store.readListedTranscript({ conversationId });
      if (listed === null) return null;
      const receivedAtMs = performance.now() - listed.ageMs;
      return redactPayload(redaction, { conversationId, body: Buffer.from(listed.row), receivedAtMs });
    },
    refuseUnwanted: runControl.refuseDetail,
    getConversation: pipeline.getConversation,
  });
  const fetchConversation = makeFetchConversation({ getConversation, land });
  const recordings = await startRecordings({ store, config, source, inFlight: inFlight.run, logger: log });
  opened.defer(() => recordings.close());
  if (config.entities !== undefined && config.entities !== null) {
    opened.use(
      startEntities({
        kysely,
        sourceId,
        workerId,
        config: config.entities,
        keepsHistory: config.rawHistory !== 'newest',
        redaction,
        source,
        inFlight: inFlight.run,
        logger: log,
      }),
    );
  }
  const settleFailure = makeSettleFailure({
    ...store,
    markGone: async (gone) => {
      if (!config.mirrorDeletions) return store.markGone(gone);
      await store.eraseConversation(gone);
      await recordings.removeErased();
    },
    evidence: redaction.evidence,
    failRecording: recordings.fail,
    pauseQueue: producer.pause,
    wakeLoader,
    logger: log,
    report: outages.report,
  });

  consumer = await consume(engine, {
    sourceId,
    kind: 'fetch',
    concurrency: jobsInFlight(inFlight.share()),
    handlers: {
      'list-page': withDatabaseFailures(judge.judged(settleUnwanted(fetchPage))),
      'fetch-conversation': withDatabaseFailures(judge.judged(settleUnwanted(fetchConversation))),
      'fetch-recording': judge.judged(recordings.fetchRecording),
    },
    retryPolicy: { ...defaultRetryPolicy, retryAfterMaxMs: config.retryAfterMaxSecs * 1000 },
    onFailure: settleFailure,
    onError: (error, job) =>
      outages.report({
        // Of a job: what became of it could not be written.
        store: job === undefined ? 'queue' : 'database',
        error,
        logger: log,
        fields: job === undefined ? {} : { job: job.name, ...job.payload },
        what: 'the queue reports an error',
      }),
    onStalled: (jobId) => log.warn({ jobId, ...readJobId(jobId) }, 'a job of a process that died was reclaimed'),
    onEnd: record.jobEnded,
  });
  const started = consumer;
  beganMs = started.lastProgressMs();
  opened.defer(() => started.close());
  opened.defer(watchConsumption(context, { producer, sourceId, kind: 'fetch', consumer: started }));
  const backpressure = startBackpressure({
    ...store,
    landedMax,
    onChange: (holdBack) => {
      isHeldBack = holdBack;
      applyConcurrency();
      log.info(
        holdBack ? 'the loader is behind: fetching waits for it' : 'the loader has caught up: fetching continues',
      );
    },
    onError: (error) =>
      outages.report({
        store: 'database',
        error,
        logger: log,
        what: 'the backlog of the loader could not be counted',
      }),
  });
  opened.use(backpressure);
  const kept = opened.move();
  return {
    finishJobs: () => started.finishJobs(finishWithinMs),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/**
 * Jobs taken up beyond the requests that may be in flight: while one lands and is acknowledged, another is ready to be
 * sent.
 */
function jobsAhead(share: number): number {
  return Math.max(2, Math.ceil(share / 2));
}

/** Jobs that a worker has in hand at most; none where the others have all the requests. */
function jobsInFlight(share: number): number {
  return share === 0 ? 0 : share + jobsAhead(share);
}
